package dev.sluice.net;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a listener's TLS asks of its clients.
 *
 * @param alpn the application protocols that are understood, best first; may be empty
 * @param clientCa a PEM file with the authorities one of which must have signed the client's certificate; null where clients need
 *     none. Read anew when it changes.
 */
public record ServerTlsOptions(List<String> alpn, @Nullable Path clientCa) {
    /** No ALPN, no certificates of clients. */
    public static final ServerTlsOptions DEFAULT = new ServerTlsOptions(List.of(), null);

    /** Copies the list. */
    public ServerTlsOptions {
        alpn = List.copyOf(alpn);
    }
}
