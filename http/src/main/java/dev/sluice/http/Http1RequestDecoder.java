package dev.sluice.http;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;

/** Reads requests from a client. */
final class Http1RequestDecoder extends Http1Decoder {

    Http1RequestDecoder(HttpLimits limits) {
        super(limits, HeadScanner.ofRequests(limits));
    }

    @Override
    protected boolean isDecodingRequest() {
        return true;
    }

    @Override
    protected HttpMessage createMessage(String[] line) {
        HttpVersion version = line[2].equals("HTTP/1.1") ? HttpVersion.HTTP_1_1 : HttpVersion.HTTP_1_0; // the scanner lets no other pass
        return new DefaultHttpRequest(version, HttpMethod.valueOf(line[0]), line[1], headersFactory);
    }

    @Override
    protected HttpMessage createInvalidMessage() {
        return new DefaultHttpRequest(HttpVersion.HTTP_1_0, HttpMethod.GET, "/bad-request", headersFactory);
    }
}
