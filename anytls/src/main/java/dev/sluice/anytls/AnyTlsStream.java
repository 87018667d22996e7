package dev.sluice.anytls;

import dev.sluice.mux.MuxStream;
import io.netty.channel.Channel;

/**
 * One stream of an AnyTLS session: a channel of bytes. Its end is a full close in both directions, because a FIN of AnyTLS is one.
 *
 * <p>On the server its first bytes name the target, as SOCKS5 writes an address. Belongs to the loop of the session.
 */
public abstract class AnyTlsStream extends MuxStream {
    AnyTlsStream(Channel carrier, int id) {
        super(carrier, id, false);
    }

    /**
     * Server: tells the client that the target is connected (SYNACK). The first call of this and {@link #refused} counts; without
     * one, the session says yes for us when {@link ServerSessionOptions#answerWithin} has passed. On the loop.
     */
    public abstract void established();

    /** Server: tells the client why the target is not connected, and closes the stream. On the loop. */
    public abstract void refused(String why);
}
