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
 * @param certificate a PEM file with our own certificate and its chain, for servers that ask for one; null for none
 * @param key a PEM file with its private key; null for none
 */
public record ClientTlsOptions(@Nullable Path ca, @Nullable CertificatePin pin, boolean insecure, @Nullable String serverName,
        List<String> alpn, @Nullable Path certificate, @Nullable Path key) {

    /** The system's authorities, name verification, no ALPN. */
    public static final ClientTlsOptions DEFAULT = new ClientTlsOptions(null, null, false, null, List.of(), null,
            null);

    /** Copies the list. */
    public ClientTlsOptions {
        alpn = List.copyOf(alpn);
    }

    /** With further authorities from a PEM file. */
    public ClientTlsOptions withCa(@Nullable Path file) {
        return new ClientTlsOptions(file, pin, insecure, serverName, alpn, certificate, key);
    }

    /** With the one certificate that is accepted. */
    public ClientTlsOptions withPin(@Nullable CertificatePin only) {
        return new ClientTlsOptions(ca, only, insecure, serverName, alpn, certificate, key);
    }

    /** With or without verification. */
    public ClientTlsOptions withInsecure(boolean any) {
        return new ClientTlsOptions(ca, pin, any, serverName, alpn, certificate, key);
    }

    /** With another name than that of the host. */
    public ClientTlsOptions withServerName(@Nullable String name) {
        return new ClientTlsOptions(ca, pin, insecure, name, alpn, certificate, key);
    }

    /** With application protocols to offer. */
    public ClientTlsOptions withAlpn(List<String> protocols) {
        return new ClientTlsOptions(ca, pin, insecure, serverName, protocols, certificate, key);
    }

    /** With a certificate of our own. */
    public ClientTlsOptions withCertificate(@Nullable Path chain, @Nullable Path privateKey) {
        return new ClientTlsOptions(ca, pin, insecure, serverName, alpn, chain, privateKey);
    }
}
