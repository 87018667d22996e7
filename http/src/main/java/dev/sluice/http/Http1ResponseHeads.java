package dev.sluice.http;

import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import java.util.List;

/** Turns a decoded HTTP/1 response into a {@link ResponseHead}: its length must have exactly one reading (RFC 9112 §6.3). */
final class Http1ResponseHeads {
    private Http1ResponseHeads() {}

    /**
     * Reads {@code response}, and takes its framing out of its fields.
     *
     * @param answersHead whether the request was a HEAD
     */
    static ResponseHead read(HttpResponse response, boolean answersHead) throws RefusedException {
        Throwable cause = response.decoderResult().cause();
        if (cause != null) {
            throw bad(cause instanceof TooLongFrameException ? "http_response_header_section_size" : "http_protocol_error",
                    String.valueOf(cause.getMessage()));
        }
        HttpHeaders headers = response.headers();
        int code = response.status().code();
        List<String> codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        List<String> lengths = headers.getAll(HttpHeaderNames.CONTENT_LENGTH);
        if (!codings.isEmpty()) {
            headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
        }
        if (code < 200 || code == 204) {
            headers.remove(HttpHeaderNames.CONTENT_LENGTH); // RFC 9110 §8.6: such a message has none
            return new ResponseHead(response.status(), response.protocolVersion(), headers, 0);
        }
        if (!codings.isEmpty()) {
            if (!lengths.isEmpty()) {
                throw bad("http_protocol_error", "Content-Length and Transfer-Encoding together");
            }
            if (codings.size() > 1 || !HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(codings.get(0))) {
                throw bad("http_response_transfer_coding", "a transfer coding other than chunked");
            }
        }
        long length = RequestHead.UNKNOWN;
        if (!lengths.isEmpty()) {
            if (lengths.size() > 1) {
                throw bad("http_protocol_error", "more than one Content-Length");
            }
            try {
                length = Http1Length.parse(lengths.get(0));
            } catch (RefusedException e) {
                throw bad("http_protocol_error", "Content-Length");
            }
        }
        boolean empty = answersHead || code == 304;
        return new ResponseHead(response.status(), response.protocolVersion(), headers, empty ? 0 : length);
    }

    static RefusedException bad(String error, String rule) {
        return new RefusedException(Refusal.badGateway(error, "The server's answer is not valid HTTP: " + rule + "."));
    }
}
