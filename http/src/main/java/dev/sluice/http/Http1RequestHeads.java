package dev.sluice.http;

import dev.sluice.core.Destination;
import dev.sluice.core.InvalidDestinationException;
import dev.sluice.core.Network;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.AsciiString;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns a decoded HTTP/1 request into a {@link RequestHead}: its target in one of the four forms (RFC 9112 §3.2), its Host, and
 * its length (§6.3), of which there must be exactly one reading. Keeps the last destination, because a client asks the same server
 * again and again. One for each client connection; belongs to its loop.
 */
final class Http1RequestHeads {
    private static final int HTTP_PORT = 80;
    private static final AsciiString OLD_WEBSOCKET_KEY = AsciiString.cached("sec-websocket-key1");
    private static final String IS_PROXY = "This is an HTTP proxy, and the request does not name a server.";
    private static final String SET_PROXY = "Enter this address as the HTTP proxy of your browser or program.";

    private String lastAuthority = "";
    private @Nullable Destination lastDestination;

    /** Reads {@code request}, and takes its framing out of its fields. */
    RequestHead read(HttpRequest request) throws RefusedException {
        checkDecoded(request);
        HttpHeaders headers = request.headers();
        checkHost(request, headers);
        long length = length(headers);
        return request.method().equals(HttpMethod.CONNECT) ? authorityForm(request, length) : absoluteForm(request, length);
    }

    private static void checkDecoded(HttpRequest request) throws RefusedException {
        Throwable cause = request.decoderResult().cause();
        if (cause instanceof TooLongHttpLineException) {
            throw malformed(414, "the request line is too long");
        }
        if (cause instanceof TooLongFrameException) {
            throw malformed(431, "the header section is too long");
        }
        if (cause != null) {
            throw malformed(400, cause.getMessage() == null ? "unreadable" : cause.getMessage());
        }
    }

    private static void checkHost(HttpRequest request, HttpHeaders headers) throws RefusedException {
        List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
        if (hosts.size() > 1) {
            throw malformed(400, "more than one Host line");
        }
        if (hosts.isEmpty()) {
            if (request.protocolVersion().equals(HttpVersion.HTTP_1_1)) {
                throw malformed(400, "no Host line");
            }
            return;
        }
        String host = hosts.get(0);
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            if (c <= ' ' || c == ',' || c == '/' || c == '@' || c == '?' || c == '#' || c == '\\' || c >= 0x7f) {
                throw malformed(400, "invalid Host line");
            }
        }
        headers.remove(HttpHeaderNames.HOST); // RFC 9112 §3.2.2: the target decides
    }

    private static long length(HttpHeaders headers) throws RefusedException {
        List<String> codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        List<String> lengths = headers.getAll(HttpHeaderNames.CONTENT_LENGTH);
        if (headers.contains(OLD_WEBSOCKET_KEY)) {
            throw malformed(400, "a WebSocket draft of 2010, whose body no length announces");
        }
        if (!codings.isEmpty()) {
            headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
            if (!lengths.isEmpty()) {
                throw malformed(400, "Content-Length and Transfer-Encoding together");
            }
            if (codings.size() > 1 || !HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(codings.get(0))) {
                throw malformed(codings.size() > 1 ? 400 : 501, "a transfer coding other than chunked");
            }
            return RequestHead.UNKNOWN;
        }
        if (lengths.isEmpty()) {
            return 0;
        }
        if (lengths.size() > 1) {
            throw malformed(400, "more than one Content-Length");
        }
        String text = lengths.get(0);
        return Http1Length.parse(text);
    }

    /** {@code host:port}, the port required (RFC 9112 §3.2.3). */
    private RequestHead authorityForm(HttpRequest request, long length) throws RefusedException {
        String authority = request.uri();
        int colon = authority.lastIndexOf(':');
        boolean digits = colon > 0 && colon < authority.length() - 1;
        for (int i = colon + 1; digits && i < authority.length(); i++) {
            digits = Character.isDigit(authority.charAt(i)) && authority.charAt(i) < 0x80;
        }
        if (!digits) {
            throw malformed(400, "CONNECT wants host:port");
        }
        if (length != 0) {
            throw malformed(400, "CONNECT with a body");
        }
        return new RequestHead(request.method(), destination(authority, authority), authority, "", request.protocolVersion(),
                request.headers(), 0);
    }

    private RequestHead absoluteForm(HttpRequest request, long length) throws RefusedException {
        String uri = request.uri();
        if (!uri.regionMatches(true, 0, "http://", 0, 7)) {
            throw notHttp(uri);
        }
        if (uri.indexOf('#') >= 0) {
            throw malformed(400, "a fragment in the request target");
        }
        int end = 7;
        while (end < uri.length() && uri.charAt(end) != '/' && uri.charAt(end) != '?') {
            end++;
        }
        String authority = uri.substring(7, end);
        if (authority.endsWith(":")) {
            authority = authority.substring(0, authority.length() - 1);
        }
        if (authority.isEmpty()) {
            throw malformed(400, "no host in the request target");
        }
        if (authority.indexOf('@') >= 0) {
            throw malformed(400, "user information in the request target"); // RFC 9110 §4.2.4
        }
        String path = uri.substring(end);
        if (path.isEmpty()) {
            path = request.method().equals(HttpMethod.OPTIONS) ? "*" : "/"; // RFC 9112 §3.2.4
        } else if (path.charAt(0) == '?') {
            path = "/" + path;
        }
        return new RequestHead(request.method(), destination(authority, authority), authority, path, request.protocolVersion(),
                request.headers(), length);
    }

    private static RefusedException notHttp(String uri) {
        if (uri.startsWith("/") || uri.equals("*")) {
            return new RefusedException(Refusal.unsupported(400, IS_PROXY, SET_PROXY));
        }
        int colon = uri.indexOf("://");
        if (colon > 0 && uri.regionMatches(true, 0, "https", 0, colon)) {
            return new RefusedException(Refusal.unsupported(501, "This proxy does not speak TLS in a client's place.",
                    "Ask for an https server with CONNECT, as browsers do."));
        }
        if (colon > 0) {
            return new RefusedException(Refusal.unsupported(501, "This proxy forwards http only.", SET_PROXY));
        }
        return malformed(400, "request target");
    }

    private Destination destination(String authority, String shown) throws RefusedException {
        Destination last = lastDestination;
        if (last != null && authority.equals(lastAuthority)) {
            return last;
        }
        try {
            Destination parsed = parse(authority);
            lastAuthority = authority;
            lastDestination = parsed;
            return parsed;
        } catch (InvalidDestinationException | NumberFormatException e) {
            throw malformed(400, "no such host and port can be: " + shown);
        }
    }

    private static Destination parse(String authority) {
        int bracket = authority.lastIndexOf(']');
        int colon = authority.lastIndexOf(':');
        if (colon > bracket) {
            return Destination.parse(Network.TCP, authority);
        }
        return Destination.parse(Network.TCP, authority + ":" + HTTP_PORT);
    }

    private static RefusedException malformed(int status, String rule) {
        return new RefusedException(Refusal.malformed(status, rule));
    }
}
