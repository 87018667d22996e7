package dev.sluice.net;

import dev.sluice.core.Scope;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * TLS for listeners: TLS 1.2 and 1.3 with a certificate from files, which is taken anew when they change, or with a self-signed
 * one that is made once and kept. Any thread.
 */
public final class ServerTls implements AutoCloseable {
    private ServerTls() {}

    /**
     * A certificate with its chain and its private key, PEM.
     *
     * @param alpn the application protocols that are understood, best first; may be empty
     * @throws TlsConfigException where a file cannot be used, or the two do not belong together
     */
    public static ServerTls fromFiles(Path chain, Path key, List<String> alpn) throws TlsConfigException {
        throw new UnsupportedOperationException();
    }

    /**
     * An ECDSA P-256 key and a self-signed certificate, kept in {@code directory} (which is made, readable by its owner only) under
     * {@code name.key} and {@code name.crt}; made when they are missing.
     *
     * @throws TlsConfigException where they can be neither read nor written
     */
    public static ServerTls selfSigned(Path directory, String name, List<String> alpn) throws TlsConfigException {
        throw new UnsupportedOperationException();
    }

    /** What a client pins: the leaf certificate in use now. */
    public CertificatePin pin() {
        throw new UnsupportedOperationException();
    }

    /**
     * Looks every second whether the files have changed, until {@code scope} closes. New handshakes get the new certificate; a
     * broken one is warned of once, and the old one stays.
     */
    public void reloadWithin(Scope scope) {
        throw new UnsupportedOperationException();
    }

    /**
     * Takes an accepted stream over from its {@link ReadHold}, where it has one, puts TLS on it and shakes hands. Afterwards the
     * channel has auto-read off and a fresh {@link ReadHold} above TLS. On the channel's loop.
     *
     * @param limit a handshake that takes longer fails
     * @return fails with an {@link javax.net.ssl.SSLException}, and closes the channel then
     */
    public Future<TlsInfo> accept(Channel channel, Duration limit) {
        throw new UnsupportedOperationException();
    }

    /** Frees native memory once running connections have ended; no handshake begins any more. */
    @Override
    public void close() {}
}
