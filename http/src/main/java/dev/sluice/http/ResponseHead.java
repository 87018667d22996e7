package dev.sluice.http;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;

/**
 * The head of a response, interim or final, whatever HTTP version it came in and will go out in. As in {@link RequestHead}, the
 * framing is taken out and the header fields are changed in place.
 *
 * @param status code and reason phrase
 * @param version the version it was received in, for {@code Via}
 * @param headers the fields; {@code Content-Length} stays where it describes a body that is not sent (HEAD, 304)
 * @param length bytes of the body; 0 where there is none, {@link RequestHead#UNKNOWN} where only its end tells
 */
public record ResponseHead(HttpResponseStatus status, HttpVersion version, HttpHeaders headers, long length) {

    /** Whether more responses to the same request follow (RFC 9110 §15.2). */
    public boolean isInterim() {
        return status.code() < 200;
    }

    @Override
    public String toString() {
        return status.toString();
    }
}
