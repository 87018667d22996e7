package dev.sluice.anytls;

import dev.sluice.mux.MuxStream;

/**
 * One stream of an AnyTLS session: a channel of bytes. Its end is a full close in both directions, because a FIN of AnyTLS is one.
 *
 * <p>On the server its first bytes name the target, as SOCKS5 writes an address. Belongs to the loop of the session.
 */
public final class AnyTlsStream extends MuxStream {
    private final AnyTlsSession session;

    AnyTlsStream(AnyTlsSession session, int id) {
        super(session, id, false);
        this.session = session;
    }

    /**
     * Server: tells the client that the target is connected (SYNACK). The first call of this and {@link #refused} counts; without
     * one, the session says yes for us when {@link ServerSessionOptions#answerWithin} has passed. On the loop.
     */
    public void established() {
        session.established(this);
    }

    /**
     * Server: tells the client why the target is not connected, and closes the stream. On the loop.
     *
     * @param why read by the client's user; no secrets
     */
    public void refused(String why) {
        session.refused(this, why);
    }
}
