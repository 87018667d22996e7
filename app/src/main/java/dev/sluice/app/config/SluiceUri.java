package dev.sluice.app.config;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The parts of {@code scheme://[user:password@]host:port[/][?key=value&...]}, percent-decoded.
 *
 * <p>Slashes may stand in a password as they are (it may be {@code file:/run/secret}); {@code ? # @ %} are written
 * {@code %3F %23 %40 %25}.
 *
 * @param scheme lower case
 * @param user null where there is no user information
 * @param password null where there is no colon in it
 * @param hostPort as written
 * @param query in the order in which it is written
 */
record SluiceUri(String scheme, @Nullable String user, @Nullable String password, String hostPort, List<Parameter> query) {

    /** One key of the query; the value is empty where there is none. */
    record Parameter(String key, String value) {}

    /** User and password as one text, for schemes whose user information is one secret; empty where there is none. */
    String userInfo() {
        return user == null ? "" : password == null ? user : user + ":" + password;
    }

    @Override
    public String toString() {
        return scheme + "://" + (user == null ? "" : "***@") + hostPort;
    }

    /**
     * Takes {@code text} apart.
     *
     * @throws IllegalArgumentException with what is wrong; never with the user information
     */
    static SluiceUri parse(String text) {
        int colon = text.indexOf("://");
        if (colon <= 0) {
            throw new IllegalArgumentException("a URI is written scheme://host:port");
        }
        String scheme = text.substring(0, colon).toLowerCase(Locale.ROOT);
        String rest = text.substring(colon + 3);
        int mark = rest.indexOf('?');
        String place = mark < 0 ? rest : rest.substring(0, mark);
        List<Parameter> query = mark < 0 ? List.of() : query(rest.substring(mark + 1));
        String user = null;
        String password = null;
        int at = place.lastIndexOf('@');
        if (at >= 0) {
            String info = place.substring(0, at);
            int split = info.indexOf(':');
            user = decode(split < 0 ? info : info.substring(0, split));
            password = split < 0 ? null : decode(info.substring(split + 1));
            place = place.substring(at + 1);
        }
        int slash = place.indexOf('/');
        if (slash >= 0 && slash < place.length() - 1) {
            throw new IllegalArgumentException("a path is not allowed here; in a password write %40 for @ and %3F for ?");
        }
        return new SluiceUri(scheme, user, password, slash < 0 ? place : place.substring(0, slash), query);
    }

    private static List<Parameter> query(String text) {
        List<Parameter> query = new ArrayList<>();
        for (String part : text.split("&", -1)) {
            if (!part.isEmpty()) {
                int equals = part.indexOf('=');
                query.add(equals < 0
                        ? new Parameter(decode(part), "")
                        : new Parameter(decode(part.substring(0, equals)),
                                decode(part.substring(equals + 1))));
            }
        }
        return query;
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
}
