package dev.sluice.net;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a server's certificate is checked.
 *
 * @param ca a PEM file with further authorities, beside those of the system; null for none
 * @param pin the one certificate that is accepted; it takes the place of chain and name verification; null for none
 * @param insecure accept any certificate; the caller warns
 * @param serverName the name that is sent as SNI and checked, instead of the host that is dialled; null for the host
 * @param alpn the application protocols to offer, best first; may be empty
 */
public record ClientTlsOptions(@Nullable Path ca, @Nullable CertificatePin pin, boolean insecure, @Nullable String serverName,
        List<String> alpn) {

    /** The system's authorities, name verification, no ALPN. */
    public static final ClientTlsOptions DEFAULT = new ClientTlsOptions(null, null, false, null, List.of());

    /** Copies the list. */
    public ClientTlsOptions {
        alpn = List.copyOf(alpn);
    }

    /** With further authorities from a PEM file. */
    public ClientTlsOptions withCa(@Nullable Path file) {
        return new ClientTlsOptions(file, pin, insecure, serverName, alpn);
    }

    /** With the one certificate that is accepted. */
    public ClientTlsOptions withPin(@Nullable CertificatePin only) {
        return new ClientTlsOptions(ca, only, insecure, serverName, alpn);
    }

    /** With or without verification. */
    public ClientTlsOptions withInsecure(boolean any) {
        return new ClientTlsOptions(ca, pin, any, serverName, alpn);
    }

    /** With another name than that of the host. */
    public ClientTlsOptions withServerName(@Nullable String name) {
        return new ClientTlsOptions(ca, pin, insecure, name, alpn);
    }

    /** With application protocols to offer. */
    public ClientTlsOptions withAlpn(List<String> protocols) {
        return new ClientTlsOptions(ca, pin, insecure, serverName, protocols);
    }
}
