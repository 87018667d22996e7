package dev.sluice.anytls;

import dev.sluice.core.Destination;
import dev.sluice.core.InvalidDestinationException;
import dev.sluice.core.Network;
import dev.sluice.core.PercentEncoding;
import dev.sluice.net.CertificatePin;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A server as people pass it on: {@code anytls://password@host[:port]/?sni=NAME&insecure=1#remark}, percent-encoded, port 443 where
 * none is written, an IPv6 address in brackets. Besides the keys of the protocol's own description there are {@code pin} and
 * {@code ca}. Keys that are not known are kept, as that description asks. Immutable.
 *
 * @param password the secret, empty where there is none; never printed by {@link #toString}
 * @param server host and port
 * @param sni the name to send and check, instead of the host; null for the host
 * @param pin the one certificate that is accepted; null for none
 * @param ca a file with further authorities; null for none
 * @param insecure whether any certificate will do
 * @param others the keys that are not known, in their order
 * @param remark what stands after the {@code #}; empty for nothing
 */
public record AnyTlsUri(String password, Destination server, @Nullable String sni, @Nullable CertificatePin pin,
        @Nullable String ca, boolean insecure, Map<String, String> others, String remark) {
    /** How the text begins. */
    public static final String SCHEME = "anytls://";
    /** The port where none is written. */
    public static final int PORT = 443;

    /** Copies the map. */
    public AnyTlsUri {
        others = Collections.unmodifiableMap(new LinkedHashMap<>(others));
    }

    /** A server and its password. */
    public static AnyTlsUri of(String password, Destination server) {
        return new AnyTlsUri(password, server, null, null, null, false, Map.of(), "");
    }

    /** With a certificate to pin. */
    public AnyTlsUri withPin(@Nullable CertificatePin only) {
        return new AnyTlsUri(password, server, sni, only, ca, insecure, others, remark);
    }

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException with what is wrong; never with the password
     */
    public static AnyTlsUri parse(String text) {
        if (!text.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            throw new IllegalArgumentException("an AnyTLS server is written anytls://password@host:port");
        }
        String rest = text.substring(SCHEME.length());
        int hash = rest.indexOf('#');
        String remark = hash < 0 ? "" : PercentEncoding.decode(rest.substring(hash + 1));
        rest = hash < 0 ? rest : rest.substring(0, hash);
        int mark = rest.indexOf('?');
        Map<String, String> query = mark < 0 ? new LinkedHashMap<>() : query(rest.substring(mark + 1));
        String place = mark < 0 ? rest : rest.substring(0, mark);
        int at = place.lastIndexOf('@');
        String password = at < 0 ? "" : PercentEncoding.decode(place.substring(0, at));
        String sni = query.remove("sni");
        String pin = query.remove("pin");
        String ca = query.remove("ca");
        return new AnyTlsUri(password, server(place.substring(at + 1)), blankToNull(sni),
                blankToNull(pin) == null ? null : CertificatePin.parse(String.valueOf(pin)), blankToNull(ca),
                yes(query.remove("insecure")), query, remark);
    }

    private static Destination server(String text) {
        int slash = text.indexOf('/');
        if (slash >= 0 && slash < text.length() - 1) {
            throw new IllegalArgumentException("a path is not allowed here; in a password write %40 for @ and %3F for ?");
        }
        String hostPort = slash < 0 ? text : text.substring(0, slash);
        try {
            return Destination.parse(Network.TCP, hostPort.endsWith(":") ? hostPort + PORT : hostPort, PORT);
        } catch (InvalidDestinationException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private static Map<String, String> query(String text) {
        Map<String, String> query = new LinkedHashMap<>();
        for (String part : text.split("&", -1)) {
            if (!part.isEmpty()) {
                int equals = part.indexOf('=');
                String key = PercentEncoding.decode(equals < 0 ? part : part.substring(0, equals));
                if (query.put(key, equals < 0 ? "" : PercentEncoding.decode(part.substring(equals + 1))) != null) {
                    throw new IllegalArgumentException("'" + key + "' is there twice");
                }
            }
        }
        return query;
    }

    private static @Nullable String blankToNull(@Nullable String text) {
        return text == null || text.isBlank() ? null : text;
    }

    private static boolean yes(@Nullable String text) {
        return switch (text == null ? "0" : text) {
            case "", "1", "true" -> true;
            case "0", "false" -> false;
            default -> throw new IllegalArgumentException("'insecure' is 1 or 0");
        };
    }

    /** The whole URI, password included, as {@link #parse} reads it. */
    public String print() {
        StringBuilder out = new StringBuilder(SCHEME);
        if (!password.isEmpty()) {
            out.append(PercentEncoding.encode(password)).append('@');
        }
        out.append(server.port() == PORT ? withoutPort() : server.toString()).append('/');
        char[] separator = {'?'};
        add(out, separator, "sni", sni);
        add(out, separator, "pin", pin == null ? null : pin.toString());
        add(out, separator, "ca", ca);
        add(out, separator, "insecure", insecure ? "1" : null);
        others.forEach((key, value) -> add(out, separator, key, value));
        if (!remark.isEmpty()) {
            out.append('#').append(PercentEncoding.encode(remark));
        }
        return out.toString();
    }

    private String withoutPort() {
        String text = server.toString();
        return text.substring(0, text.lastIndexOf(':'));
    }

    private static void add(StringBuilder out, char[] separator, String key, @Nullable String value) {
        if (value != null) {
            out.append(separator[0]).append(PercentEncoding.encode(key)).append('=').append(PercentEncoding.encode(value));
            separator[0] = '&';
        }
    }

    /** Without the password. */
    @Override
    public String toString() {
        return SCHEME + (password.isEmpty() ? "" : "***@") + server;
    }
}
