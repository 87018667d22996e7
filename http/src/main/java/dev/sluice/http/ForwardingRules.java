package dev.sluice.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What an intermediary changes in the fields of the messages that it forwards (RFC 9110 §7.6): hop-by-hop fields go, {@code Via}
 * comes. Everything else stays as it is, in its order.
 *
 * <p>One for each event loop, because it caches the date.
 */
final class ForwardingRules {
    private static final AsciiString PROXY_CONNECTION = AsciiString.cached("proxy-connection");
    private static final AsciiString KEEP_ALIVE = AsciiString.cached("keep-alive");
    private static final AsciiString PROXY_AUTHENTICATION_INFO = AsciiString.cached("proxy-authentication-info");
    private static final AsciiString HTTP2_SETTINGS = AsciiString.cached("http2-settings");

    /** Never in a trailer section: framing, routing, authentication, and what is hop-by-hop (RFC 9110 §6.5.1). */
    private static final List<AsciiString> NO_TRAILERS = List.of(HttpHeaderNames.TRANSFER_ENCODING,
            HttpHeaderNames.CONTENT_LENGTH,
            HttpHeaderNames.HOST, HttpHeaderNames.CONNECTION, PROXY_CONNECTION, KEEP_ALIVE, HttpHeaderNames.TE,
            HttpHeaderNames.UPGRADE, HttpHeaderNames.TRAILER, HttpHeaderNames.CONTENT_ENCODING, HttpHeaderNames.CONTENT_TYPE,
            HttpHeaderNames.CONTENT_RANGE, HttpHeaderNames.AUTHORIZATION, HttpHeaderNames.PROXY_AUTHORIZATION,
            HttpHeaderNames.PROXY_AUTHENTICATE, HttpHeaderNames.COOKIE, HttpHeaderNames.SET_COOKIE, HttpHeaderNames.EXPECT,
            HttpHeaderNames.MAX_FORWARDS, HttpHeaderNames.CACHE_CONTROL, HttpHeaderNames.VIA);

    private static final DateTimeFormatter IMF_FIXDATE = DateTimeFormatter
            .ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH).withZone(ZoneOffset.UTC); // RFC 9110 §5.6.7

    private final String pseudonym;
    private final String via11;
    private final String via10;
    private long dateSecond;
    private String date = "";

    /** Rules of the proxy that calls itself {@code pseudonym} in {@code Via}. */
    ForwardingRules(String pseudonym) {
        this.pseudonym = pseudonym;
        this.via11 = "1.1 " + pseudonym;
        this.via10 = "1.0 " + pseudonym;
    }

    /** Whether the request has passed this proxy before (RFC 9110 §7.6.3). */
    boolean loops(HttpHeaders headers) {
        if (headers.contains(HttpHeaderNames.VIA)) {
            for (String via : headers.getAll(HttpHeaderNames.VIA)) {
                if (via.contains(pseudonym)) {
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * Makes the fields of a request ready for the next hop.
     *
     * @param upgrade the protocols to be asked for in {@code Upgrade}; null for none
     */
    void request(RequestHead head, @Nullable String upgrade) {
        HttpHeaders headers = head.headers();
        boolean trailers = takesTrailers(headers);
        strip(headers);
        headers.remove(HttpHeaderNames.PROXY_AUTHORIZATION);
        if (head.version().equals(HttpVersion.HTTP_1_0)) {
            headers.remove(HttpHeaderNames.EXPECT); // RFC 9110 §10.1.1
        }
        if (trailers) {
            headers.set(HttpHeaderNames.TE, "trailers");
            headers.add(HttpHeaderNames.CONNECTION, "TE");
        }
        if (upgrade != null) {
            headers.set(HttpHeaderNames.UPGRADE, upgrade);
            headers.add(HttpHeaderNames.CONNECTION, "Upgrade");
        }
        headers.add(HttpHeaderNames.VIA, via(head.version()));
    }

    /** Makes the fields of a response ready for the client. */
    void response(ResponseHead head) {
        HttpHeaders headers = head.headers();
        strip(headers);
        headers.remove(HttpHeaderNames.PROXY_AUTHENTICATE);
        headers.remove(PROXY_AUTHENTICATION_INFO);
        headers.add(HttpHeaderNames.VIA, via(head.version()));
        if (!head.isInterim() && !headers.contains(HttpHeaderNames.DATE)) {
            headers.set(HttpHeaderNames.DATE, date());
        }
    }

    /**
     * Takes the fields out of a trailer section that must not be forwarded in one.
     *
     * @param nominated the names that the head's {@code Connection} field named
     */
    static HttpHeaders trailers(HttpHeaders trailers, List<String> nominated) {
        if (!trailers.isEmpty()) {
            strip(trailers);
            for (AsciiString name : NO_TRAILERS) {
                trailers.remove(name);
            }
            for (String name : nominated) {
                trailers.remove(name);
            }
        }
        return trailers;
    }

    /** The names, other than the options {@code close} and {@code keep-alive}, that {@code Connection} lists: empty for most messages. */
    static List<String> nominated(HttpHeaders headers) {
        String single = headers.get(HttpHeaderNames.CONNECTION);
        if (single == null || (isPlain(single) && headers.getAll(HttpHeaderNames.CONNECTION).size() == 1)) {
            return List.of();
        }
        return headers.getAll(HttpHeaderNames.CONNECTION).stream().flatMap(line -> List.of(line.split(",")).stream())
                .map(String::strip).filter(name -> !name.isEmpty() && !isPlain(name)).toList();
    }

    private static boolean isPlain(String connection) {
        return connection.equalsIgnoreCase("keep-alive") || connection.equalsIgnoreCase("close");
    }

    private static void strip(HttpHeaders headers) {
        if (headers.contains(HttpHeaderNames.CONNECTION)) {
            for (String name : nominated(headers)) {
                headers.remove(name);
            }
            headers.remove(HttpHeaderNames.CONNECTION);
        }
        headers.remove(PROXY_CONNECTION);
        headers.remove(KEEP_ALIVE);
        headers.remove(HttpHeaderNames.TE);
        headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
        headers.remove(HttpHeaderNames.UPGRADE);
        headers.remove(HTTP2_SETTINGS);
    }

    private static boolean takesTrailers(HttpHeaders headers) {
        if (!headers.contains(HttpHeaderNames.TE)) {
            return false;
        }
        for (String te : headers.getAll(HttpHeaderNames.TE)) {
            for (String coding : te.split(",")) {
                if (coding.strip().equalsIgnoreCase("trailers")) {
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * The protocols that a request asks to switch to (RFC 9110 §7.8), without {@code h2c}: HTTP/2 in clear would pass all rules of
     * this proxy by. Null where it asks for none.
     */
    static @Nullable String upgrade(RequestHead head) {
        HttpHeaders headers = head.headers();
        String wanted = headers.get(HttpHeaderNames.UPGRADE);
        if (wanted == null || head.version().equals(HttpVersion.HTTP_1_0)
                || !headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderNames.UPGRADE, true)) {
            return null;
        }
        return wanted.toLowerCase(Locale.ROOT).contains("h2c") ? null : wanted;
    }

    private String via(HttpVersion version) {
        return version.equals(HttpVersion.HTTP_1_0) ? via10 : via11;
    }

    /** The date of now, as in {@code Date}. */
    String date() {
        long now = System.currentTimeMillis();
        if (now / 1000 != dateSecond) {
            dateSecond = now / 1000;
            date = IMF_FIXDATE.format(Instant.ofEpochSecond(dateSecond));
        }
        return date;
    }
}
