package dev.sluice.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/**
 * What a client's connection sends: one response after the other, each with the framing of HTTP/1 (RFC 9112 §6) and with the word
 * whether another one may follow (§9.3). It counts the bytes of each. When to send is the business of
 * {@link Http1ClientConnection}. Belongs to the loop.
 */
final class Http1Responses {
    private final Http1Writer writer;
    private @Nullable RequestHead asked;
    private boolean keepAlive;
    private boolean done;
    private long sent;

    Http1Responses(Channel channel) {
        writer = new Http1Writer(channel, true);
    }

    /** Where it writes: at the handler's place in the pipeline. */
    void at(ChannelHandlerContext context) {
        writer.at(context);
    }

    /** Nothing more is written. */
    void close() {
        writer.close();
    }

    /**
     * A request has come, whose head may turn out unreadable.
     *
     * @param more whether its client may send another one
     */
    void begin(boolean more) {
        asked = null;
        keepAlive = more;
        done = false;
        sent = 0;
        writer.takeWritten();
    }

    /** What is answered: it decides about the framing. */
    void answers(RequestHead request) {
        asked = request;
    }

    /** The response that is due, or flows, is the last one. */
    void last() {
        keepAlive = false;
    }

    boolean isLast() {
        return !keepAlive;
    }

    /** Whether something of the response has been written. */
    boolean isBegun() {
        return sent + writer.takeWritten() > 0;
    }

    boolean isDone() {
        return done;
    }

    /** Bytes of this response, as on the wire, up to the last flush. */
    long sent() {
        return sent;
    }

    /** An HTTP/1.0 client knows no 1xx (RFC 9110 §15.2). */
    boolean takesInterim() {
        RequestHead request = asked;
        return request != null && request.version().equals(HttpVersion.HTTP_1_1);
    }

    void interim(ResponseHead head) {
        writer.response(head.status(), head.headers(), false);
        flush();
    }

    void head(ResponseHead head) {
        HttpHeaders headers = head.headers();
        RequestHead request = asked;
        boolean answersHead = request != null && request.isHead();
        boolean connected = request != null && request.isConnect() && head.status().code() / 100 == 2;
        if (head.length() == RequestHead.UNKNOWN) {
            headers.remove(HttpHeaderNames.CONTENT_LENGTH);
            if (takesInterim()) {
                headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
            } else {
                keepAlive = false;
            }
        } else if (!answersHead && !connected && head.status().code() != 204 && head.status().code() != 304
                && !headers.contains(HttpHeaderNames.CONTENT_LENGTH)) {
            headers.set(HttpHeaderNames.CONTENT_LENGTH, Long.toString(head.length()));
        }
        if (!keepAlive && !connected) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
        writer.response(head.status(), headers, answersHead);
    }

    /** A piece of the body; takes the buffer over. */
    void data(ByteBuf data) {
        writer.data(data);
    }

    void end(HttpHeaders trailers) {
        done = true;
        writer.end(trailers);
        flush();
    }

    void flush() {
        writer.flush();
        sent += writer.takeWritten();
    }
}
