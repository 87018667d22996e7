package dev.sluice.http;

import dev.sluice.core.CloseReason;
import dev.sluice.core.ConnectFailedException;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * An answer that this proxy gives itself because it cannot or will not forward: a status, a {@code Proxy-Status} (RFC 9209), and a
 * short page that says what failed and what to try.
 *
 * @param status the status code
 * @param error the error type of RFC 9209 §2.3; null where none fits
 * @param detail what failed, one sentence for a person; never a secret
 * @param advice what to try, one sentence
 * @param close whether the connection ends with this answer, because the peer's framing cannot be trusted any more
 */
public record Refusal(int status, @Nullable String error, String detail, String advice, boolean close) {
    private static final AsciiString PROXY_STATUS = AsciiString.cached("proxy-status");

    /** The request is malformed: nothing behind it can be trusted. */
    public static Refusal malformed(int status, String rule) {
        return new Refusal(status, "http_request_error", "The request is not valid HTTP: " + rule + ".",
                "The fault is in the program that sent it.", true);
    }

    /** The request is well-formed, but not one that this proxy serves. */
    public static Refusal unsupported(int status, String detail, String advice) {
        return new Refusal(status, "http_request_error", detail, advice, false);
    }

    /** The user must say who he is (RFC 9110 §11.7). */
    public static Refusal unauthorized() {
        return new Refusal(407, null, "This proxy wants a user name and a password.",
                "Set them in the proxy settings, for curl with --proxy-user.", false);
    }

    /** The origin's answer is missing or cannot be passed on. */
    public static Refusal badGateway(String error, String detail) {
        return new Refusal(502, error, detail, "Try again; if it stays, the fault is on the server's side.", false);
    }

    /** The origin's stream ended for {@code why} before it answered. */
    static Refusal unanswered(CloseReason why) {
        if (why.cause() instanceof RefusedException e) {
            return e.refusal();
        }
        return why.kind() == CloseReason.Kind.TIMEOUT
                ? new Refusal(504, "http_response_timeout", "The server did not answer in time.", "Try again later.", false)
                : badGateway("connection_terminated", "The server closed the connection without an answer.");
    }

    /** The next proxy answered 407: no business of the client, whose name and password are for this proxy. */
    static Refusal upstreamAuth() {
        return of(new ConnectFailedException(ConnectFailedException.Failure.UPSTREAM_AUTH,
                "The next proxy wants other credentials", null));
    }

    /** The request came back to this proxy. */
    public static Refusal loop() {
        return new Refusal(508, "proxy_loop_detected", "The request has passed this proxy before.",
                "Check that no proxy or route sends its traffic back here.", false);
    }

    /** The target could not be reached. */
    public static Refusal of(ConnectFailedException e) {
        String words = e.getMessage() == null ? "The server could not be reached." : e.getMessage() + ".";
        String later = "Try again later, and check the name and the port.";
        return switch (e.failure()) {
            case REFUSED ->
                new Refusal(502, "connection_refused", words, "Check that the server runs and the port is right.", false);
            case NETWORK_UNREACHABLE, HOST_UNREACHABLE -> new Refusal(502, "destination_ip_unroutable", words, later, false);
            case TIMEOUT -> new Refusal(504, "connection_timeout", words, later, false);
            case NAME_NOT_RESOLVED -> new Refusal(502, "dns_error", words, "Check the spelling of the name.", false);
            case DNS_ERROR -> new Refusal(502, "dns_error", words, "The name server gave no answer; try again later.", false);
            case BLOCKED ->
                new Refusal(403, "http_request_denied", words, "The rules of this proxy do not allow this server.", false);
            case LOOP -> new Refusal(508, "proxy_loop_detected", words, "The target is this proxy itself.", false);
            case LIMIT -> new Refusal(503, "connection_limit_reached", words, "Try again in a moment.", false);
            case UPSTREAM_AUTH -> new Refusal(502, "destination_unavailable", words,
                    "The operator must set other credentials for the next proxy.", false);
            case UPSTREAM, UPSTREAM_UNREACHABLE -> new Refusal(502, "destination_unavailable", words, later, false);
            case TLS -> new Refusal(502, "tls_protocol_error", words, later, false);
            case NOT_SUPPORTED -> new Refusal(501, "proxy_configuration_error", words,
                    "The route that the rules pick cannot carry this.", false);
            case CANCELLED -> new Refusal(503, "connection_terminated", words, later, false);
            case INTERNAL -> new Refusal(500, "proxy_internal_error", "This proxy failed.", "Its log says more.", false);
        };
    }

    /** Whether the client that sent {@code request} says that it reads HTML. */
    static boolean wantsHtml(HttpHeaders request) {
        String accept = request.get(HttpHeaderNames.ACCEPT);
        return accept != null && accept.contains("text/html");
    }

    /** The whole response, with a page in HTML or in plain text. */
    LocalReply reply(boolean html) {
        byte[] page = page(html).getBytes(StandardCharsets.UTF_8);
        HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
        headers.set(HttpHeaderNames.CONTENT_TYPE, html ? "text/html; charset=utf-8" : "text/plain; charset=utf-8");
        headers.set(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(page.length));
        headers.set(HttpHeaderNames.CACHE_CONTROL, "no-store");
        if (error != null) {
            headers.set(PROXY_STATUS, "sluice; error=" + error);
        }
        if (status == 407) {
            headers.set(HttpHeaderNames.PROXY_AUTHENTICATE, "Basic realm=\"sluice\", charset=\"UTF-8\"");
        }
        return new LocalReply(new ResponseHead(HttpResponseStatus.valueOf(status), HttpVersion.HTTP_1_1, headers, page.length),
                page);
    }

    private String page(boolean html) {
        String title = status + " " + HttpResponseStatus.valueOf(status).reasonPhrase();
        if (!html) {
            return title + "\n\n" + detail + "\n" + advice + "\n\n-- sluice\n";
        }
        return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + escape(title)
                + "</title><style>body{font:16px/1.5 sans-serif;max-width:36em;margin:4em auto;padding:0 1em}</style></head>\n<body><h1>"
                + escape(title) + "</h1>\n<p>" + escape(detail) + "</p>\n<p>" + escape(advice)
                + "</p>\n<hr><p><small>sluice</small></p></body></html>\n";
    }

    private static String escape(String text) {
        StringBuilder out = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '&' -> out.append("&amp;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> out.append(c);
            }
        }
        return out.toString();
    }
}
