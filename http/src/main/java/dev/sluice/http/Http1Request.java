package dev.sluice.http;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;

/** A request on its way to an origin, with the Host line that the encoder writes first (RFC 9110 §7.2). */
final class Http1Request extends DefaultHttpRequest {
    private final String authority;

    Http1Request(HttpMethod method, String target, String authority, HttpHeaders headers) {
        super(HttpVersion.HTTP_1_1, method, target, headers);
        this.authority = authority;
    }

    String authority() {
        return authority;
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
