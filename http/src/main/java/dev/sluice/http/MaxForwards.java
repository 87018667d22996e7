package dev.sluice.http;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code Max-Forwards} (RFC 9110 §7.6.2): whoever gets a TRACE or OPTIONS that may not be forwarded any more answers it.
 */
final class MaxForwards {
    private static final String METHODS = "GET, HEAD, POST, PUT, DELETE, OPTIONS, TRACE, CONNECT, PATCH";

    private MaxForwards() {}

    /**
     * Counts one hop.
     *
     * @return the answer of the last recipient; null where the request is to be forwarded
     */
    static @Nullable LocalReply take(RequestHead request) {
        HttpMethod method = request.method();
        boolean options = method.equals(HttpMethod.OPTIONS);
        if (!options && !method.equals(HttpMethod.TRACE)) {
            return null;
        }
        String forwards = request.headers().get(HttpHeaderNames.MAX_FORWARDS);
        if (forwards == null) {
            return null;
        }
        long left;
        try {
            left = Http1Length.parse(forwards);
        } catch (RefusedException e) {
            return Refusal.unsupported(400, "Max-Forwards is no number.", "The fault is in the program that sent it.")
                    .reply(Refusal.wantsHtml(request.headers()));
        }
        if (left > 0) {
            request.headers().set(HttpHeaderNames.MAX_FORWARDS, Long.toString(left - 1));
            return null;
        }
        HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
        byte[] body = {};
        if (options) {
            headers.set(HttpHeaderNames.ALLOW, METHODS);
        } else {
            headers.set(HttpHeaderNames.CONTENT_TYPE, "message/http");
            body = asReceived(request).getBytes(StandardCharsets.ISO_8859_1);
        }
        headers.set(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(body.length));
        return new LocalReply(new ResponseHead(HttpResponseStatus.OK, HttpVersion.HTTP_1_1, headers, body.length), body);
    }

    /** The request without what must not be shown (RFC 9110 §9.3.8). */
    private static String asReceived(RequestHead request) {
        StringBuilder text = new StringBuilder("TRACE ").append(request.absoluteForm()).append(" HTTP/1.1\r\n");
        for (Map.Entry<String, String> field : request.headers()) {
            String name = field.getKey();
            if (!HttpHeaderNames.AUTHORIZATION.contentEqualsIgnoreCase(name)
                    && !HttpHeaderNames.PROXY_AUTHORIZATION.contentEqualsIgnoreCase(name)
                    && !HttpHeaderNames.COOKIE.contentEqualsIgnoreCase(name)) {
                text.append(name).append(": ").append(field.getValue()).append("\r\n");
            }
        }
        return text.append("\r\n").toString();
    }
}
