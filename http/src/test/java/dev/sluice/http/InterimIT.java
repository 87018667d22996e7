package dev.sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Interim responses, Expect and protocol switches: what deadlocks a proxy that sends a whole request before it reads (RFC 9110 §10.1.1, §15.2). */
@SuppressWarnings("StringConcatToTextBlock") // octets of the wire read better as they are
class InterimIT {
    private final Proxy proxy = new Proxy();

    @AfterEach
    void close() {
        proxy.close();
    }

    private String upload(int length) {
        return "PUT " + proxy.url("/up") + " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: " + length
                + "\r\n\r\n";
    }

    @Test
    void theOriginDecidesAboutExpect() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say(upload(5));
            try (RawPeer origin = proxy.origin()) {
                assertThat(origin.head()).contains("Expect: 100-continue");
                assertThat(client.silentFor(200)).as("no 100 of our own").isTrue();
                origin.say("HTTP/1.1 100 Continue\r\n\r\n");
                assertThat(client.head()).startsWith("HTTP/1.1 100 Continue\r\n");
                client.say("hello");
                assertThat(origin.take(5)).isEqualTo("hello");
                origin.say("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
                assertThat(client.head()).startsWith("HTTP/1.1 201");
            }
        }
    }

    @Test
    void aLate100ComesThroughWhileTheBodyFlows() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say(upload(10) + "hello");
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                assertThat(origin.take(5)).isEqualTo("hello");
                origin.say("HTTP/1.1 100 Continue\r\n\r\n");
                assertThat(client.head()).startsWith("HTTP/1.1 100");
                client.say("world");
                assertThat(origin.take(5)).isEqualTo("world");
                origin.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                assertThat(client.head()).startsWith("HTTP/1.1 200");
                assertThat(client.take(2)).isEqualTo("ok");
            }
        }
    }

    @Test
    void aClientThatNeverGets100SendsAnyway() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say(upload(5));
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                client.say("hello");
                assertThat(origin.take(5)).isEqualTo("hello");
                origin.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                assertThat(client.head()).startsWith("HTTP/1.1 200");
            }
        }
    }

    @Test
    void aRefusedExpectationEndsTheConnectionInOrder() throws IOException {
        for (String status : new String[]{"413 Content Too Large", "417 Expectation Failed"}) {
            try (RawPeer client = proxy.client()) {
                client.say(upload(5_000_000));
                try (RawPeer origin = proxy.origin()) {
                    origin.head();
                    origin.say("HTTP/1.1 " + status + "\r\nContent-Length: 2\r\n\r\nno");
                    String answer = client.rest();
                    assertThat(answer).startsWith("HTTP/1.1 " + status).contains("connection: close").endsWith("no");
                    assertThat(origin.restOrReset()).isEmpty();
                }
            }
        }
    }

    @Test
    void manyInterimResponsesComeAtOnceAndInOrder() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("GET " + proxy.url("/") + " HTTP/1.1\r\nHost: x\r\n\r\n");
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                origin.say("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nConnection: X-Hop\r\nX-Hop: 1\r\n\r\n"
                        + "HTTP/1.1 103 Early Hints\r\nLink: </b.css>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n");
                assertThat(client.head()).startsWith("HTTP/1.1 103").contains("a.css", "via: ").doesNotContain("X-Hop");
                assertThat(client.head()).startsWith("HTTP/1.1 103").contains("b.css");
                assertThat(client.head()).startsWith("HTTP/1.1 102");
                origin.say("HTTP/1.1 199 Odd\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
                assertThat(client.head()).startsWith("HTTP/1.1 199 Odd");
                assertThat(client.head()).startsWith("HTTP/1.1 200").doesNotContain("b.css");
                assertThat(client.take(1)).isEqualTo("x");
                client.say("GET " + proxy.url("/again") + " HTTP/1.1\r\nHost: x\r\n\r\n");
                assertThat(origin.head()).startsWith("GET /again");
            }
        }
    }

    @Test
    void anHttp10ClientGetsNoInterimResponse() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("POST " + proxy.url("/") + " HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na");
            try (RawPeer origin = proxy.origin()) {
                assertThat(origin.head()).doesNotContain("Expect");
                origin.say(
                        "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
                String all = client.rest();
                assertThat(all).startsWith("HTTP/1.1 200").doesNotContain("chunked").endsWith("\r\n\r\nabc");
            }
        }
    }

    @Test
    void webSocketGoesThroughWithTheBytesBehindThe101() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("GET " + proxy.url("/ws")
                    + " HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Key: abc\r\nSec-WebSocket-Version: 13\r\n\r\n");
            try (RawPeer origin = proxy.origin()) {
                assertThat(origin.head()).contains("upgrade: websocket\r\n", "connection: Upgrade\r\n", "Sec-WebSocket-Key: abc");
                origin.say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Accept: xyz\r\n\r\nfirst");
                assertThat(client.head()).startsWith("HTTP/1.1 101").contains("upgrade: websocket", "Sec-WebSocket-Accept: xyz");
                assertThat(client.take(5)).isEqualTo("first");
                client.say("\u0081\0ping");
                assertThat(origin.take(6)).isEqualTo("\u0081\0ping");
                origin.say("HTTP/1.1 200 not HTTP any more\r\n\r\n");
                assertThat(client.head()).isEqualTo("HTTP/1.1 200 not HTTP any more\r\n\r\n");
            }
        }
    }

    @Test
    void bytesThatTheClientSendsBeforeThe101AreKept() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("GET " + proxy.url("/") + " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: own/1\r\n\r\nearly");
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                origin.say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: own/1\r\nConnection: Upgrade\r\n\r\n");
                assertThat(client.head()).startsWith("HTTP/1.1 101");
                assertThat(origin.take(5)).isEqualTo("early");
            }
        }
    }

    @Test
    void anUpgradeThatTheOriginIgnoresIsAnOrdinaryRequest() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("GET " + proxy.url("/") + " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                    + "HTTP2-Settings: AA\r\n\r\n");
            try (RawPeer origin = proxy.origin()) {
                assertThat(origin.head()).doesNotContain("h2c", "HTTP2-Settings");
                origin.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                assertThat(client.head()).startsWith("HTTP/1.1 200");
            }
        }
    }

    @Test
    void a101ThatNobodyAskedForIsABadGateway() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("GET " + proxy.url("/") + " HTTP/1.1\r\nHost: x\r\n\r\n");
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                origin.say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: own\r\nConnection: Upgrade\r\n\r\n");
                assertThat(client.head()).startsWith("HTTP/1.1 502").contains("http_upgrade_failed");
            }
        }
    }
}
