package dev.sluice.http;

import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;

/**
 * What a client's connection receives: one request after the other. It knows how far the one that runs has come, counts its bytes,
 * and keeps the decoder paused behind it. What becomes of it is the business of {@link Http1ClientConnection}. Belongs to the loop.
 */
final class Http1Requests {
    private final Http1RequestDecoder decoder;
    private final Http1RequestHeads heads = new Http1RequestHeads();
    private final HttpLimits limits;
    private boolean headBegun;
    private boolean done;
    private long received;
    private long dropped;

    Http1Requests(HttpLimits limits) {
        this.limits = limits;
        this.decoder = new Http1RequestDecoder(limits);
    }

    Http1RequestDecoder decoder() {
        return decoder;
    }

    /** Whether the client may send another request after this one (RFC 9112 §9.3): never a 1.0 client. */
    static boolean mayFollow(HttpRequest decoded) {
        return decoded.protocolVersion().equals(HttpVersion.HTTP_1_1)
                && !decoded.headers().containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE, true);
    }

    /** Whether the first bytes of a head have come since the last call or the last request. */
    boolean headBegins() {
        if (headBegun || !decoder.insideHead()) {
            return false;
        }
        headBegun = true;
        return true;
    }

    /** Whether a head has begun and is not complete. */
    boolean isInsideHead() {
        return headBegun;
    }

    /** A head is complete: a new request begins. Whatever comes behind it waits. */
    RequestHead begin(HttpRequest decoded) throws RefusedException {
        headBegun = false;
        done = false;
        dropped = 0;
        received = decoder.takeConsumed();
        RequestHead head = heads.read(decoded);
        done = head.length() == 0;
        decoder.pause();
        return head;
    }

    /** A piece of the body has come. */
    void count() {
        received += decoder.takeConsumed();
    }

    /**
     * Throws a piece of the body away; takes it over.
     *
     * @return false where more has been thrown away than is worth the connection
     */
    boolean drop(HttpContent content) {
        dropped += content.content().readableBytes();
        boolean last = content instanceof LastHttpContent;
        content.release();
        return last || dropped <= limits.drain();
    }

    /** The body is complete. Whatever comes behind it waits. */
    void end() {
        done = true;
        decoder.pause();
    }

    /** Whether the request is complete. */
    boolean isDone() {
        return done;
    }

    /** Whether something came behind the request that is complete. */
    boolean isFollowed() {
        return done && decoder.held() > 0;
    }

    /** Bytes of this request so far, as on the wire. */
    long received() {
        return received;
    }
}
