package dev.sluice.app.config;

import dev.sluice.net.CertificatePin;
import dev.sluice.net.ClientTls;
import dev.sluice.net.TlsConfigException;
import java.nio.file.Path;
import java.util.List;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * TLS to the next proxy.
 *
 * @param sni the name that is sent and checked; null for the server's
 * @param pin the one certificate that is accepted; null for none
 * @param authorities PEM of the authorities that are trusted; null for those of the system
 * @param insecure whether any certificate will do
 * @param alpn the application protocols that are offered, best first
 * @param certificate PEM of our own certificate, for servers that ask for one; null for none
 * @param key PEM of its private key; null for none
 */
public record DialTls(@Nullable String sni, @Nullable CertificatePin pin, @Nullable Path authorities, boolean insecure,
        List<String> alpn, @Nullable Path certificate, @Nullable Path key) {

    /** The system's authorities, the server's name. */
    public static final DialTls DEFAULT = new DialTls(null, null, null, false, List.of(), null, null);

    private static final Key<String> SNI = Key.optional("sni", Scalars.TEXT,
            "Name that is sent and checked; the server's own otherwise.");
    private static final Key<CertificatePin> PIN = Key.optional("pin", Scalars.PIN,
            "SHA-256 of the leaf certificate's DER bytes, as sha256:HEX; then no authority is asked.");
    private static final Key<Path> CA = Key.optional("ca", Scalars.READABLE_FILE, "PEM file of the authorities to trust.");
    private static final Key<Boolean> INSECURE = Key.of("insecure", Scalars.BOOLEAN, "false",
            "Trust any certificate. For tests only.");

    private static final Key<List<String>> ALPN = Key.of("alpn", ListType.orOne(Scalars.TEXT), "[]",
            "Application protocols to offer, best first.");
    private static final Key<Path> CERT = Key.optional("cert", Scalars.READABLE_FILE,
            "Certificate of our own with its chain, PEM, for servers that ask for one.");
    private static final Key<Path> KEY = Key.optional("key", Scalars.READABLE_FILE, "Its private key, PEM.");

    private static final ObjectType<DialTls> LONG = new ObjectType<>("'tls' of an outbound",
            List.of(SNI, PIN, CA, INSECURE, ALPN, CERT, KEY), DialTls::build);
    private static final ScalarType<DialTls> SHORT = ScalarType.of("true", java.util.Map.of("const", true), text -> {
        if (!Scalars.bool(text)) {
            throw new IllegalArgumentException("'tls: false' says nothing: remove the key");
        }
        return DEFAULT;
    });
    static final Type<DialTls> TYPE = new EitherType<>(SHORT, LONG);

    private static DialTls build(Values v) {
        if (v.has(CERT) != v.has(KEY)) {
            v.reading().fault(v.place(), v.has(CERT) ? "'cert' needs 'key' beside it" : "'key' needs 'cert' beside it");
        }
        Path authorities = v.find(CA);
        if (authorities != null) {
            try {
                ClientTls.checkAuthorities(authorities);
            } catch (TlsConfigException e) {
                v.fault(CA, String.valueOf(e.getMessage()));
            }
        }
        return new DialTls(v.find(SNI), v.find(PIN), authorities, v.get(INSECURE), v.get(ALPN), v.find(CERT), v.find(KEY));
    }
}
