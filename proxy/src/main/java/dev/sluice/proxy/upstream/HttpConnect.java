package dev.sluice.proxy.upstream;

import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.ConnectFailedException.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Asks an HTTP proxy for a tunnel (RFC 9110 §9.3.6), or any HTTP server for a head: one request without a body, and the head of the
 * final response. Interim responses are passed over; a body, and the fields that announce one, are not looked at: behind a 2xx to
 * CONNECT there is none (RFC 9110 §9.3.6), and every other stream is closed.
 */
public final class HttpConnect implements Dialogue<Integer> {
    private static final int MAX_LINE = 4096;
    private static final int MAX_HEAD = 16 * 1024;
    private static final int MAX_WORDS = 200;

    private final String who;
    private final String request;
    private @Nullable HttpResponse head; // of the final response

    private HttpConnect(String who, String request) {
        this.who = who;
        this.request = request;
    }

    /**
     * Asks for a tunnel.
     *
     * @param who names the proxy in the words of a failure
     * @param authority {@code host:port} of the target
     * @param authorization value of {@code Proxy-Authorization}; null for none
     */
    public static HttpConnect tunnel(String who, String authority, @Nullable String authorization) {
        String proof = authorization == null ? "" : "Proxy-Authorization: " + authorization + "\r\n";
        return new HttpConnect(who, "CONNECT " + plain(authority) + " HTTP/1.1\r\nHost: " + authority + "\r\n" + proof + "\r\n");
    }

    /** Asks an origin server for the head of {@code path}; 3xx is as good as 2xx then. */
    public static HttpConnect head(String who, String authority, String path) {
        return new HttpConnect(who,
                "HEAD " + plain(path) + " HTTP/1.1\r\nHost: " + plain(authority) + "\r\nConnection: close\r\n\r\n");
    }

    @Override
    public void greet(ByteBuf out) {
        out.writeCharSequence(request, StandardCharsets.US_ASCII);
    }

    @Override
    public ChannelHandler decoder() {
        return new HeadDecoder();
    }

    @Override
    public boolean asked() {
        return true;
    }

    @Override
    public @Nullable Integer message(Object message) throws ConnectFailedException {
        if (message instanceof HttpResponse response) {
            head(response);
        }
        HttpResponse last = head;
        return message instanceof LastHttpContent && last != null ? last.status().code() : null;
    }

    private void head(HttpResponse response) throws ConnectFailedException {
        if (response.decoderResult().isFailure()) {
            throw broken(
                    "answered with a malformed head: " + words(String.valueOf(response.decoderResult().cause().getMessage())));
        }
        int status = response.status().code();
        HttpVersion version = response.protocolVersion();
        if (!version.protocolName().equals("HTTP") || version.majorVersion() != 1 || status < 100 || status > 999
                || status == 101) {
            throw broken("answered with " + words(version + " " + status));
        }
        HttpStatusClass kind = response.status().codeClass();
        if (kind == HttpStatusClass.INFORMATIONAL) {
            return;
        }
        boolean good = kind == HttpStatusClass.SUCCESS || (kind == HttpStatusClass.REDIRECTION && request.startsWith("HEAD "));
        if (!good) {
            Failure failure = ProxyStatus.failure(status, response.headers().get("Proxy-Status"));
            throw new ConnectFailedException(failure, who + " answered " + words(response), null);
        }
        head = response;
    }

    private static String words(HttpResponse response) {
        String line = response.status().code() + " " + words(response.status().reasonPhrase());
        String more = response.headers().get("Proxy-Status");
        return more == null ? line : line + " (Proxy-Status: " + words(more) + ")";
    }

    /** What a stranger said, fit for a log line: bounded, printable ASCII. */
    private static String words(String said) {
        StringBuilder text = new StringBuilder(Math.min(said.length(), MAX_WORDS));
        for (int i = 0; i < said.length() && i < MAX_WORDS; i++) {
            char c = said.charAt(i);
            text.append(c >= ' ' && c < 0x7f ? c : '?');
        }
        return text.toString();
    }

    private ConnectFailedException broken(String what) {
        return new ConnectFailedException(Failure.UPSTREAM_UNREACHABLE, who + " " + what, null);
    }

    /** The last guard against a target that would end the request line and begin another one. */
    private static String plain(String part) {
        for (int i = 0; i < part.length(); i++) {
            if (part.charAt(i) <= ' ' || part.charAt(i) >= 0x7f) {
                throw new IllegalArgumentException("character " + (int) part.charAt(i) + " in a request line");
            }
        }
        return part;
    }

    /** Reads heads only, and passes on what is behind the last one when it is removed. */
    private static final class HeadDecoder extends HttpResponseDecoder {
        private HeadDecoder() {
            super(new HttpDecoderConfig().setMaxInitialLineLength(MAX_LINE).setMaxHeaderSize(MAX_HEAD));
        }

        @Override
        protected boolean isContentAlwaysEmpty(HttpMessage message) {
            return true;
        }
    }
}
