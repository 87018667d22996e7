package dev.sluice.http;

import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;

/** Reads responses from an origin. It must be told before each whether the request was a HEAD. */
final class Http1ResponseDecoder extends Http1Decoder {
    private static final HttpResponseStatus UNREADABLE = new HttpResponseStatus(999, "Unknown");

    private boolean answersHead;

    Http1ResponseDecoder(HttpLimits limits) {
        super(limits, HeadScanner.ofResponses(limits));
    }

    /** Whether the next final response has no body whatever its fields say. */
    void answersHead(boolean head) {
        answersHead = head;
    }

    @Override
    protected boolean isContentAlwaysEmpty(HttpMessage message) {
        int code = ((HttpResponse) message).status().code();
        return answersHead || code < 200 || code == 204 || code == 304;
    }

    /** Whoever reads takes the codec away after 101; until then it is paused. */
    @Override
    protected boolean isSwitchingToNonHttp1Protocol(HttpResponse response) {
        return false;
    }

    @Override
    protected boolean isDecodingRequest() {
        return false;
    }

    @Override
    protected HttpMessage createMessage(String[] line) {
        HttpVersion version = line[0].equals("HTTP/1.1") ? HttpVersion.HTTP_1_1 : HttpVersion.HTTP_1_0;
        return new DefaultHttpResponse(version, HttpResponseStatus.valueOf(Integer.parseInt(line[1]), line[2]), headersFactory);
    }

    @Override
    protected HttpMessage createInvalidMessage() {
        return new DefaultHttpResponse(HttpVersion.HTTP_1_0, UNREADABLE, headersFactory);
    }
}
