package dev.sluice.net;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.time.Duration;

/**
 * TLS towards servers: TLS 1.2 and 1.3, verification on by default, sessions resumed. Immutable, shared by all loops.
 */
public final class ClientTls {
    private ClientTls() {}

    /**
     * Reads the files that {@code options} name.
     *
     * @throws TlsConfigException where one cannot be used
     */
    public static ClientTls create(ClientTlsOptions options) throws TlsConfigException {
        throw new UnsupportedOperationException();
    }

    /**
     * Takes a connected stream over from its {@link ReadHold}, puts TLS on it and shakes hands. Afterwards the channel has
     * auto-read off and a fresh {@link ReadHold} above TLS. On the channel's loop.
     *
     * @param host whom we mean to reach, a name or an address: checked against the certificate, and sent as SNI where it is a name
     * @param port part of the key under which sessions are kept for resumption
     * @param limit a handshake that takes longer fails
     * @return fails with an {@link javax.net.ssl.SSLException}, and closes the channel then
     */
    public Future<TlsInfo> connect(Channel channel, String host, int port, Duration limit) {
        throw new UnsupportedOperationException();
    }
}
