package dev.sluice.app.config;

import dev.sluice.core.PercentEncoding;
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
            user = PercentEncoding.decode(split < 0 ? info : info.substring(0, split));
            password = split < 0 ? null : PercentEncoding.decode(info.substring(split + 1));
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
                        ? new Parameter(PercentEncoding.decode(part), "")
                        : new Parameter(PercentEncoding.decode(part.substring(0, equals)),
                                PercentEncoding.decode(part.substring(equals + 1))));
            }
        }
        return query;
    }
}
