package dev.sluice.anytls;

import dev.sluice.core.Destination;
import dev.sluice.core.InvalidDestinationException;
import dev.sluice.core.Network;
import dev.sluice.net.CertificatePin;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
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

    private static final String HEX = "0123456789ABCDEF";

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
        String remark = hash < 0 ? "" : decode(rest.substring(hash + 1));
        rest = hash < 0 ? rest : rest.substring(0, hash);
        int mark = rest.indexOf('?');
        Map<String, String> query = mark < 0 ? new LinkedHashMap<>() : query(rest.substring(mark + 1));
        String place = mark < 0 ? rest : rest.substring(0, mark);
        int at = place.lastIndexOf('@');
        String password = at < 0 ? "" : decode(place.substring(0, at));
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
                String key = decode(equals < 0 ? part : part.substring(0, equals));
                if (query.put(key, equals < 0 ? "" : decode(part.substring(equals + 1))) != null) {
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

    private static String decode(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        byte[] in = text.getBytes(StandardCharsets.UTF_8);
        byte[] out = new byte[in.length];
        int n = 0;
        for (int i = 0; i < in.length; i++) {
            if (in[i] != '%') {
                out[n++] = in[i];
                continue;
            }
            int high = i + 2 < in.length ? Character.digit(in[i + 1], 16) : -1;
            int low = i + 2 < in.length ? Character.digit(in[i + 2], 16) : -1;
            if (high < 0 || low < 0) {
                throw new IllegalArgumentException("'%' must be followed by two hex digits (write %25 for a percent sign)");
            }
            out[n++] = (byte) (high << 4 | low);
            i += 2;
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(out, 0, n)).toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("the percent-encoded bytes are not UTF-8", e);
        }
    }

    /** The whole URI, password included, as {@link #parse} reads it. */
    public String print() {
        StringBuilder out = new StringBuilder(SCHEME);
        if (!password.isEmpty()) {
            encode(out, password).append('@');
        }
        out.append(server.port() == PORT ? withoutPort() : server.toString()).append('/');
        char[] separator = {'?'};
        add(out, separator, "sni", sni);
        add(out, separator, "pin", pin == null ? null : pin.toString());
        add(out, separator, "ca", ca);
        add(out, separator, "insecure", insecure ? "1" : null);
        others.forEach((key, value) -> add(out, separator, key, value));
        if (!remark.isEmpty()) {
            encode(out.append('#'), remark);
        }
        return out.toString();
    }

    private String withoutPort() {
        String text = server.toString();
        return text.substring(0, text.lastIndexOf(':'));
    }

    private static void add(StringBuilder out, char[] separator, String key, @Nullable String value) {
        if (value != null) {
            encode(out.append(separator[0]), key).append('=');
            encode(out, value);
            separator[0] = '&';
        }
    }

    /** Everything but the unreserved characters of RFC 3986 §2.3, and the colon, which is plain in all three places. */
    private static StringBuilder encode(StringBuilder out, String text) {
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || "-._~:".indexOf(c) >= 0) {
                out.append(c);
            } else {
                out.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
            }
        }
        return out;
    }

    /** Without the password. */
    @Override
    public String toString() {
        return SCHEME + (password.isEmpty() ? "" : "***@") + server;
    }
}
