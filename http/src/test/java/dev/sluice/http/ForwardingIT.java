package dev.sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What an intermediary changes in messages (RFC 9110 §7.6), and what not. */
@SuppressWarnings("StringConcatToTextBlock") // octets of the wire read better as they are
class ForwardingIT {
    private final Proxy proxy = new Proxy();

    @AfterEach
    void close() {
        proxy.close();
    }

    /** Sends a request with the given fields, answers it, and returns what the origin and the client saw. */
    private String[] exchange(String method, String target, String fields, String answer) throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say(method + " " + target + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n");
            try (RawPeer origin = proxy.origin()) {
                String seen = origin.head();
                origin.say(answer);
                return new String[]{seen, client.head()};
            }
        }
    }

    @Test
    void hopByHopFieldsStayOnTheirHop() throws IOException {
        String[] seen = exchange("GET", proxy.url("/"),
                "Connection: X-One, x-two,keep-alive\r\nX-One: 1\r\nX-Two: 2\r\nConnection: X-Three\r\nX-Three: 3\r\nProxy-Connection: keep-alive\r\n"
                        + "Keep-Alive: timeout=5\r\nTE: gzip\r\nProxy-Authorization: Basic c2VjcmV0\r\nUpgrade: x\r\nX-Stays: 4\r\n",
                "HTTP/1.1 200 OK\r\nConnection: X-Five\r\nX-Five: 5\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nUpgrade: y\r\n"
                        + "X-Also-Stays: 6\r\nContent-Length: 0\r\n\r\n");
        assertThat(seen[0]).contains("X-Stays: 4").doesNotContainIgnoringCase("x-one").doesNotContainIgnoringCase("x-two")
                .doesNotContainIgnoringCase("x-three").doesNotContainIgnoringCase("keep-alive")
                .doesNotContain("TE:", "secret", "Upgrade")
                .doesNotContainIgnoringCase("proxy-");
        assertThat(seen[1]).contains("X-Also-Stays: 6").doesNotContain("X-Five", "Keep-Alive", "Upgrade")
                .doesNotContainIgnoringCase("proxy-authenticate");
    }

    @Test
    void orderAndSpellingOfOtherFieldsAreKept() throws IOException {
        String[] seen = exchange("PATCH", proxy.url("/p//a/../b?q=%41"),
                "cOOkie: a=1\r\nX: 1\r\ncookie: b=2\r\nX: 2\r\nAuthorization: Basic YQ==\r\n",
                "HTTP/1.1 299 Own Words\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nVary: x\r\nDate: then\r\nContent-Length: 0\r\n\r\n");
        assertThat(seen[0]).startsWith("PATCH /p//a/../b?q=%41 HTTP/1.1\r\n")
                .containsSubsequence("cOOkie: a=1", "X: 1", "cookie: b=2", "X: 2")
                .contains("Authorization: Basic YQ==");
        assertThat(seen[1]).startsWith("HTTP/1.1 299 Own Words\r\n").containsSubsequence("Set-Cookie: a", "Set-Cookie: b")
                .contains("Date: then\r\n").doesNotContain("date: ");
    }

    @Test
    void theTargetDecidesTheHost() throws IOException {
        String[] seen = exchange("GET", proxy.url("?q"), "", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n");
        assertThat(seen[0]).startsWith("GET /?q HTTP/1.1\r\nhost: " + proxy.authority() + "\r\n").doesNotContain("Host: x");
        assertThat(seen[1]).startsWith("HTTP/1.1 204").doesNotContainIgnoringCase("content-length");
    }

    @Test
    void optionsOfAWholeServer() throws IOException {
        String[] seen = exchange("OPTIONS", proxy.url(""), "Max-Forwards: 3\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        assertThat(seen[0]).startsWith("OPTIONS * HTTP/1.1\r\n").contains("max-forwards: 2");
        seen = exchange("OPTIONS", proxy.url("/"), "", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        assertThat(seen[0]).startsWith("OPTIONS / HTTP/1.1\r\n").doesNotContain("max-forwards");
    }

    @Test
    void maxForwardsZeroIsAnsweredHere() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("TRACE " + proxy.url("/t") + " HTTP/1.1\r\nHost: x\r\nMax-Forwards: 0\r\nCookie: secret\r\nX: y\r\n\r\n");
            assertThat(client.head()).startsWith("HTTP/1.1 200").contains("message/http");
            assertThat(client.head()).startsWith("TRACE " + proxy.url("/t")).contains("X: y").doesNotContain("secret");
            client.say("OPTIONS " + proxy.url("/t") + " HTTP/1.1\r\nHost: x\r\nMax-Forwards: 0\r\n\r\n");
            assertThat(client.head()).startsWith("HTTP/1.1 200").contains("allow: ");
            client.say("GET " + proxy.url("/t") + " HTTP/1.1\r\nHost: x\r\nMax-Forwards: 0\r\n\r\n");
            try (RawPeer origin = proxy.origin()) {
                assertThat(origin.head()).contains("Max-Forwards: 0");
            }
        }
    }

    @Test
    void aLoopIsSeen() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say(
                    "GET " + proxy.url("/") + " HTTP/1.1\r\nHost: x\r\nVia: 1.1 a, 1.1 " + proxy.engine.pseudonym() + "\r\n\r\n");
            assertThat(client.head()).startsWith("HTTP/1.1 508").contains("error=proxy_loop_detected");
            assertThat(proxy.dials).hasValue(0);
        }
    }

    @Test
    void trailersComeThroughWithoutWhatDoesNotBelongThere() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("POST " + proxy.url("/")
                    + " HTTP/1.1\r\nHost: x\r\nTE: trailers\r\nConnection: X-Hop\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "3;ext=1\r\nabc\r\n0\r\nX-Sum: 1\r\nX-Hop: 2\r\nHost: evil\r\nAuthorization: evil\r\n\r\n");
            try (RawPeer origin = proxy.origin()) {
                assertThat(origin.head()).contains("te: trailers", "connection: TE", "transfer-encoding: chunked");
                assertThat(origin.head()).isEqualTo("3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n");
                origin.say("HTTP/1.1 200 OK\r\nTrailer: X-T\r\nConnection: X-Hop\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "3\r\nabc\r\n0\r\nX-T: 1\r\nX-Hop: 2\r\nSet-Cookie: evil\r\n\r\n");
                assertThat(client.head()).contains("Trailer: X-T");
                assertThat(client.head()).isEqualTo("3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n");
            }
        }
    }

    @Test
    void answersWithoutABody() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("HEAD " + proxy.url("/") + " HTTP/1.1\r\nHost: x\r\n\r\n");
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                origin.say("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
                assertThat(client.head()).contains("Content-Length: 1000");
                client.say("GET " + proxy.url("/") + " HTTP/1.1\r\nHost: x\r\nIf-None-Match: a\r\n\r\n");
                origin.head();
                origin.say("HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\n\r\n");
                assertThat(client.head()).startsWith("HTTP/1.1 304").contains("Content-Length: 1000");
                client.say("HEAD " + proxy.url("/") + " HTTP/1.1\r\nHost: x\r\n\r\n");
                origin.head();
                origin.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                assertThat(client.head()).startsWith("HTTP/1.1 200");
                client.say("GET " + proxy.url("/") + " HTTP/1.1\r\nHost: x\r\n\r\n");
                origin.head();
                origin.say("HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok");
                assertThat(client.head()).startsWith("HTTP/1.1 200");
                assertThat(client.take(2)).isEqualTo("ok");
            }
        }
    }

    @Test
    void a407OfAnOriginIsNotTheClients() throws IOException {
        String[] seen = exchange("GET", proxy.url("/"), "",
                "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"phish\"\r\nContent-Length: 0\r\n\r\n");
        assertThat(seen[1]).startsWith("HTTP/1.1 502").doesNotContain("phish");
    }

    @Test
    void aNextProxyGetsTheAbsoluteFormAndItsOwnCredentials() throws IOException {
        try (Proxy chained = new Proxy(HttpLimits.DEFAULT, "Basic bmV4dA=="); RawPeer client = chained.client()) {
            client.say("GET http://one.example/a?b HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic b3du\r\n\r\n");
            try (RawPeer hop = chained.origin()) {
                assertThat(hop.head()).startsWith("GET http://one.example/a?b HTTP/1.1\r\nhost: one.example\r\n")
                        .contains("proxy-authorization: Basic bmV4dA==").doesNotContain("b3du");
                hop.say("HTTP/1.1 204 No Content\r\n\r\n");
                client.head();
                client.say("OPTIONS http://two.example HTTP/1.1\r\nHost: x\r\n\r\n");
                assertThat(hop.head()).as("one connection for every target")
                        .startsWith("OPTIONS http://two.example HTTP/1.1\r\n");
                hop.say("HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n");
                assertThat(client.head()).startsWith("HTTP/1.1 502").doesNotContain("bmV4dA");
            }
        }
    }

    @Test
    void anAuthenticatedConnectionServesNobodyElse() throws IOException {
        try (RawPeer first = proxy.client(); RawPeer second = proxy.client()) {
            first.say("GET " + proxy.url("/1") + " HTTP/1.1\r\nHost: x\r\n\r\n");
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                origin.say("HTTP/1.1 401 No\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n");
                first.head();
                second.say("GET " + proxy.url("/other") + " HTTP/1.1\r\nHost: x\r\n\r\n");
                try (RawPeer another = proxy.origin()) {
                    assertThat(another.head()).startsWith("GET /other");
                    first.say("GET " + proxy.url("/2") + " HTTP/1.1\r\nHost: x\r\nAuthorization: NTLM abc\r\n\r\n");
                    assertThat(origin.head()).startsWith("GET /2");
                }
            }
        }
    }

    @Test
    void theLogCountsBytesOfTheWire() throws IOException {
        String request = "GET " + proxy.url("/log?secret=1") + " HTTP/1.1\r\nHost: x\r\n\r\n";
        try (RawPeer client = proxy.client()) {
            client.say(request);
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                origin.say("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nDate: x\r\n\r\n" + "a".repeat(1000));
                String head = client.head();
                client.take(1000);
                org.awaitility.Awaitility.await().until(() -> !proxy.log.isEmpty());
                assertThat(proxy.log.peek().what()).isEqualTo("GET " + proxy.url("/log"));
                assertThat(proxy.log.peek().status()).isEqualTo(200);
                assertThat(proxy.log.peek().up()).isEqualTo(request.length());
                assertThat(proxy.log.peek().down()).isEqualTo(head.length() + 1000);
            }
        }
    }
}
