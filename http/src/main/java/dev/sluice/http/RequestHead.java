package dev.sluice.http;

import dev.sluice.core.Destination;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;

/**
 * The head of a request, whatever HTTP version it came in and will go out in.
 *
 * <p>The codec that read it has taken out the framing ({@code Host}, the length, {@code Transfer-Encoding}) and given it here as
 * fields; the codec that writes it puts its own in. The header fields are the decoder's own object and are changed in place by the
 * forwarding rules. Belongs to the loop.
 *
 * @param method the method, known or not
 * @param destination where it goes
 * @param authority the host and port as the client wrote them: what {@code Host} or {@code :authority} says
 * @param path path and query; {@code *} for {@code OPTIONS} of a whole server, empty for {@code CONNECT}
 * @param version the version it was received in, for {@code Via}
 * @param headers the other fields
 * @param length bytes of the body; 0 where there is none, {@link #UNKNOWN} where only its end tells
 */
public record RequestHead(HttpMethod method, Destination destination, String authority, String path, HttpVersion version,
        HttpHeaders headers, long length) {
    /** A body whose length is told by its end. */
    public static final long UNKNOWN = -1;

    /** Whether the method asks for a tunnel (RFC 9110 §9.3.6). */
    public boolean isConnect() {
        return HttpMethod.CONNECT.equals(method);
    }

    /** Whether the response has no body whatever its fields say. */
    public boolean isHead() {
        return HttpMethod.HEAD.equals(method);
    }

    /** Whether a request that may or may not have been done can be sent again (RFC 9110 §9.2.2). */
    public boolean isIdempotent() {
        return switch (method.name()) {
            case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE" -> true;
            default -> false;
        };
    }

    /** The target in absolute form (RFC 9112 §3.2.2). */
    public String absoluteForm() {
        return path.equals("*") ? "http://" + authority : "http://" + authority + path;
    }

    /** For logs: the method and the target without its query, which may carry secrets. */
    public String summary() {
        if (isConnect()) {
            return "CONNECT " + authority;
        }
        int query = path.indexOf('?');
        return method + " http://" + authority + (query < 0 ? path : path.substring(0, query));
    }

    @Override
    public String toString() {
        return summary();
    }
}
