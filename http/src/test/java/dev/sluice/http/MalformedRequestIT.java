package dev.sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests that two parsers could read in two ways are refused, the connection ends, and nothing of them reaches the origin. */
class MalformedRequestIT {
    private static Proxy proxy;

    @BeforeAll
    static void open() {
        proxy = new Proxy();
    }

    @AfterAll
    static void close() {
        proxy.close();
    }

    static Stream<Arguments> requests() {
        String line = "GET URL HTTP/1.1\r\n";
        String host = "Host: x\r\n";
        String post = "POST URL HTTP/1.1\r\nHost: x\r\n";
        String chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
        return Stream.of(
                Arguments.of(400, "two lengths", post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
                Arguments.of(400, "one length twice", post + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
                Arguments.of(400, "a list of lengths", post + "Content-Length: 3, 3\r\n\r\nabc"),
                Arguments.of(400, "a signed length", post + "Content-Length: +3\r\n\r\nabc"),
                Arguments.of(400, "a negative length", post + "Content-Length: -3\r\n\r\nabc"),
                Arguments.of(400, "an empty length", post + "Content-Length:\r\n\r\n"),
                Arguments.of(400, "a hexadecimal length", post + "Content-Length: 0x3\r\n\r\nabc"),
                Arguments.of(400, "a length that overflows", post + "Content-Length: 18446744073709551619\r\n\r\nabc"),
                Arguments.of(400, "length and chunked",
                        post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                Arguments.of(400, "chunked not last", post + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
                Arguments.of(400, "no chunked", post + "Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n"),
                Arguments.of(400, "chunked twice", post + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
                Arguments.of(400, "chunked on two lines",
                        post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                Arguments.of(400, "vertical tab before chunked", post + "Transfer-Encoding: \u000bchunked\r\n\r\n0\r\n\r\n"),
                Arguments.of(501, "another coding", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
                Arguments.of(400, "chunked in 1.0", "POST URL HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                Arguments.of(400, "bare LF behind the request line", "GET URL HTTP/1.1\nHost: x\r\n\r\n"),
                Arguments.of(400, "bare LF behind a field", line + "Host: x\nA: b\r\n\r\n"),
                Arguments.of(400, "bare LF at the end", line + "Host: x\r\n\n"),
                Arguments.of(400, "bare CR in a value", line + host + "A: b\rc\r\n\r\n"),
                Arguments.of(400, "bare CR at the end", line + host + "\rX\r\n\r\n"),
                Arguments.of(400, "blank before the colon", line + host + "A : b\r\n\r\n"),
                Arguments.of(400, "tab before the colon", line + host + "A\t: b\r\n\r\n"),
                Arguments.of(400, "no colon", line + host + "A\r\n\r\n"),
                Arguments.of(400, "empty field name", line + host + ": b\r\n\r\n"),
                Arguments.of(400, "obs-fold", line + host + "A: b\r\n c\r\n\r\n"),
                Arguments.of(400, "obs-fold of Host", line + "Host: x\r\n\ty\r\n\r\n"),
                Arguments.of(400, "blank before the first field", line + " Host: x\r\n\r\n"),
                Arguments.of(400, "NUL in a value", line + host + "A: b\0c\r\n\r\n"),
                Arguments.of(400, "NUL in a name", line + host + "A\0: b\r\n\r\n"),
                Arguments.of(400, "control character in a value", line + host + "A: b\u0001c\r\n\r\n"),
                Arguments.of(400, "DEL in a value", line + host + "A: b\u007f\r\n\r\n"),
                Arguments.of(400, "byte above ASCII in a name", line + host + "\u00c4: b\r\n\r\n"),
                Arguments.of(400, "parenthesis in a name", line + host + "A(b): c\r\n\r\n"),
                Arguments.of(400, "two hosts", line + "Host: x\r\nHost: y\r\n\r\n"),
                Arguments.of(400, "the same host twice", line + "Host: x\r\nhost: x\r\n\r\n"),
                Arguments.of(400, "no host", line + "A: b\r\n\r\n"),
                Arguments.of(400, "a list of hosts", line + "Host: x, y\r\n\r\n"),
                Arguments.of(400, "user information in Host", line + "Host: a@x\r\n\r\n"),
                Arguments.of(400, "lower-case version", "GET URL http/1.1\r\nHost: x\r\n\r\n"),
                Arguments.of(400, "no version", "GET URL\r\nHost: x\r\n\r\n"),
                Arguments.of(400, "version with a letter", "GET URL HTTP/1.x\r\nHost: x\r\n\r\n"),
                Arguments.of(400, "version with three digits", "GET URL HTTP/1.11\r\nHost: x\r\n\r\n"),
                Arguments.of(505, "HTTP/2.0", "GET URL HTTP/2.0\r\nHost: x\r\n\r\n"),
                Arguments.of(505, "HTTP/1.2", "GET URL HTTP/1.2\r\nHost: x\r\n\r\n"),
                Arguments.of(400, "HTTP/0.9", "GET URL HTTP/0.9\r\nHost: x\r\n\r\n"),
                Arguments.of(400, "two blanks", "GET  URL HTTP/1.1\r\nHost: x\r\n\r\n"),
                Arguments.of(400, "two blanks before the version", "GET URL  HTTP/1.1\r\nHost: x\r\n\r\n"),
                Arguments.of(400, "tab in the request line", "GET\tURL HTTP/1.1\r\nHost: x\r\n\r\n"),
                Arguments.of(400, "blank in the target", "GET URL b HTTP/1.1\r\nHost: x\r\n\r\n"),
                Arguments.of(400, "blank behind the version", "GET URL HTTP/1.1 \r\nHost: x\r\n\r\n"),
                Arguments.of(400, "method that is no token", "G(T URL HTTP/1.1\r\nHost: x\r\n\r\n"),
                Arguments.of(400, "blank first", " GET URL HTTP/1.1\r\nHost: x\r\n\r\n"),
                Arguments.of(400, "TLS", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\r\n\r\n"),
                Arguments.of(400, "fragment", "GET URL#f HTTP/1.1\r\nHost: x\r\n\r\n"),
                Arguments.of(400, "user information", "GET http://a:b@127.0.0.1/ HTTP/1.1\r\nHost: x\r\n\r\n"),
                Arguments.of(400, "no host in the target", "GET http:///a HTTP/1.1\r\nHost: x\r\n\r\n"),
                Arguments.of(400, "port too big", "GET http://127.0.0.1:65536/ HTTP/1.1\r\nHost: x\r\n\r\n"),
                Arguments.of(400, "port zero", "GET http://127.0.0.1:0/ HTTP/1.1\r\nHost: x\r\n\r\n"),
                Arguments.of(400, "port with a sign", "GET http://127.0.0.1:+80/ HTTP/1.1\r\nHost: x\r\n\r\n"),
                Arguments.of(400, "backslash", "GET http://127.0.0.1\\@y/ HTTP/1.1\r\nHost: x\r\n\r\n"),
                Arguments.of(400, "CONNECT without a port", "CONNECT x HTTP/1.1\r\nHost: x\r\n\r\n"),
                Arguments.of(400, "CONNECT with an empty port", "CONNECT x: HTTP/1.1\r\nHost: x\r\n\r\n"),
                Arguments.of(400, "CONNECT of a URL", "CONNECT http://x:80/ HTTP/1.1\r\nHost: x\r\n\r\n"),
                Arguments.of(400, "CONNECT with a body", "CONNECT x:80 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"),
                Arguments.of(400, "WebSocket of 2010",
                        line + host + "Sec-WebSocket-Key1: 1\r\nSec-WebSocket-Key2: 2\r\n\r\n12345678"),
                Arguments.of(400, "negative chunk", chunked + "-3\r\nabc\r\n0\r\n\r\n"),
                Arguments.of(400, "chunk with 0x", chunked + "0x3\r\nabc\r\n0\r\n\r\n"),
                Arguments.of(400, "chunk with a sign", chunked + "+3\r\nabc\r\n0\r\n\r\n"),
                Arguments.of(400, "chunk with junk", chunked + "3 z\r\nabc\r\n0\r\n\r\n"),
                Arguments.of(400, "chunk without a size", chunked + "\r\nabc\r\n0\r\n\r\n"),
                Arguments.of(400, "chunk that overflows", chunked + "fffffffffffffffff\r\nabc"),
                Arguments.of(400, "chunk line with bare LF", chunked + "3\nabc\r\n0\r\n\r\n"),
                Arguments.of(400, "chunk longer than its size", chunked + "3\r\nabcd\r\n0\r\n\r\n"),
                Arguments.of(400, "chunk extension with bare LF", chunked + "3;a\nb\r\nabc\r\n0\r\n\r\n"));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("requests")
    void isRefused(int status, String name, String request) throws IOException {
        int dials = proxy.dials.get();
        try (RawPeer client = proxy.client()) {
            client.say(request.replace("URL", proxy.url("/")) + "GET " + proxy.url("/smuggled") + " HTTP/1.1\r\nHost: x\r\n\r\n");
            String answer = client.restOrReset();
            assertThat(answer).startsWith("HTTP/1.1 " + status + " ").contains("connection: close").doesNotContain("[reset]");
            assertThat(answer.split("HTTP/1.1 " + status, -1)).hasSize(2);
        }
        if (!name.contains("chunk ") && !name.contains("chunk")) {
            assertThat(proxy.dials).hasValue(dials);
        } else {
            while (proxy.dials.get() > dials++) {
                try (RawPeer origin = proxy.origin()) { // the head was good; the body must not look complete
                    assertThat(origin.restOrReset()).doesNotContain("0\r\n\r\n").doesNotContain("smuggled");
                }
            }
        }
    }

    @Test
    void aRequestForTheProxyItselfGetsAPage() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("GET / HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n");
            assertThat(client.head()).startsWith("HTTP/1.1 400").contains("text/html",
                    "proxy-status: sluice; error=http_request_error");
        }
    }

    @Test
    void otherSchemesAreNotForwarded() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("GET https://x/ HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(client.head()).startsWith("HTTP/1.1 501");
        }
        try (RawPeer client = proxy.client()) {
            client.say("GET ftp://x/ HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(client.head()).startsWith("HTTP/1.1 501");
        }
    }

    @Test
    void aLongRequestLineGets414() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("GET " + proxy.url("/" + "a".repeat(17_000)) + " HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(client.rest()).startsWith("HTTP/1.1 414");
        }
    }

    @Test
    void aMegabyteOfHeaderGets431() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("GET " + proxy.url("/") + " HTTP/1.1\r\nHost: x\r\n");
            for (int i = 0; i < 130; i++) {
                client.say("X-" + i + ": " + "a".repeat(500) + "\r\n");
            }
            client.say("A: ");
            assertThat(client.head()).startsWith("HTTP/1.1 431");
        }
    }

    @Test
    void aHeaderLineWithoutEndGets431() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("GET " + proxy.url("/") + " HTTP/1.1\r\nHost: " + "x".repeat(70_000));
            assertThat(client.head()).startsWith("HTTP/1.1 431");
        }
    }

    @Test
    void tooManyFieldsGet431() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("GET " + proxy.url("/") + " HTTP/1.1\r\nHost: x\r\n" + "A: b\r\n".repeat(600) + "\r\n");
            assertThat(client.head()).startsWith("HTTP/1.1 431");
        }
    }
}
