package dev.sluice.app.config;

import dev.sluice.net.ServerTls;
import dev.sluice.net.TlsConfigException;
import java.nio.file.Path;
import java.util.List;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * TLS on a listener: a certificate of the user's, or one that is made and kept.
 *
 * @param certificate PEM, the leaf first; null for a self-signed one
 * @param key PEM; null for a self-signed one
 * @param alpn the application protocols that are understood, best first
 * @param clientCa PEM of the authorities that must have signed a client's certificate; null where clients need none
 */
public record ListenTls(@Nullable Path certificate, @Nullable Path key, List<String> alpn, @Nullable Path clientCa) {
    /** A self-signed certificate, nothing asked of clients. */
    public static final ListenTls SELF_SIGNED_ONLY = new ListenTls(null, null, List.of(), null);

    private static final Key<Path> CERT = Key.optional("cert", Scalars.READABLE_FILE,
            "Certificate chain, PEM, the leaf first. Read anew when the file changes.");
    private static final Key<Path> KEY = Key.optional("key", Scalars.READABLE_FILE, "Its private key, PEM.");
    private static final Key<Boolean> SELF_SIGNED = Key.of("self-signed", Scalars.BOOLEAN, "false",
            "Make a key and a certificate and keep them in the state directory; the pin is logged at the start.");

    private static final Key<List<String>> ALPN = Key.of("alpn", ListType.orOne(Scalars.TEXT), "[]",
            "Application protocols that are agreed on with clients, best first, such as http/1.1.");
    private static final Key<Path> CLIENT_CA = Key.optional("client-ca", Scalars.READABLE_FILE,
            "Clients must show a certificate that one of the authorities in this PEM file has signed.");

    static final ObjectType<ListenTls> TYPE = new ObjectType<>("'tls' of a listener",
            List.of(CERT, KEY, SELF_SIGNED, ALPN, CLIENT_CA),
            ListenTls::build);

    private static ListenTls build(Values v) {
        boolean own = v.get(SELF_SIGNED);
        if (own && (v.has(CERT) || v.has(KEY))) {
            v.fault(SELF_SIGNED, "'self-signed' stands for 'cert' and 'key': give one or the other");
        } else if (v.has(CERT) != v.has(KEY)) {
            v.reading().fault(v.place(), v.has(CERT) ? "'cert' needs 'key' beside it" : "'key' needs 'cert' beside it");
        } else if (!own && !v.has(CERT)) {
            v.reading().fault(v.place(), "'tls' needs 'cert' and 'key', or 'self-signed: true'");
        }
        Path certificate = v.find(CERT);
        Path key = v.find(KEY);
        if (!own && certificate != null && key != null) {
            check(certificate, key, v);
        }
        return new ListenTls(certificate, key, v.get(ALPN), v.find(CLIENT_CA));
    }

    private static void check(Path certificate, Path key, Values v) {
        try {
            ServerTls.checkChain(certificate);
        } catch (TlsConfigException e) {
            v.fault(CERT, String.valueOf(e.getMessage()));
            return;
        }
        try {
            ServerTls.checkKey(certificate, key);
        } catch (TlsConfigException e) {
            v.fault(KEY, String.valueOf(e.getMessage()));
        }
    }
}
