package dev.sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Plain requests through the engine, as a client and an origin see them. */
class ExchangeIT {
    private final Proxy proxy = new Proxy();

    @AfterEach
    void close() {
        proxy.close();
    }

    @Test
    void aRequestReachesTheOriginAndItsAnswerTheClient() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("GET " + proxy.url("/a?b=c") + " HTTP/1.1\r\nHost: other\r\nX-Own: \u00e9\r\n\r\n");
            try (RawPeer origin = proxy.origin()) {
                String head = origin.head();
                assertThat(head).startsWith("GET /a?b=c HTTP/1.1\r\nhost: " + proxy.authority() + "\r\n");
                assertThat(head).contains("X-Own: \u00e9\r\n", "via: 1.1 sluice-").doesNotContain("other");
                origin.say("HTTP/1.1 200 Fine\r\nContent-Length: 5\r\nX-Reply: 1\r\n\r\nhello");
                String answer = client.head();
                assertThat(answer).startsWith("HTTP/1.1 200 Fine\r\n").contains("X-Reply: 1", "via: 1.1 sluice-", "date: ");
                assertThat(client.take(5)).isEqualTo("hello");
            }
        }
    }

    @Test
    void twoRequestsUseOneOriginConnection() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("GET " + proxy.url("/1") + " HTTP/1.1\r\nHost: x\r\n\r\n");
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                origin.say("HTTP/1.1 204 No Content\r\n\r\n");
                assertThat(client.head()).startsWith("HTTP/1.1 204");
                client.say("POST " + proxy.url("/2") + " HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
                assertThat(origin.head()).startsWith("POST /2");
                assertThat(origin.take(3)).isEqualTo("abc");
                origin.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 7\r\n\r\n");
                assertThat(client.head()).contains("transfer-encoding: chunked");
                assertThat(client.take(23)).isEqualTo("3\r\nabc\r\n0\r\nX-Sum: 7\r\n\r\n");
                assertThat(proxy.dials).hasValue(1);
            }
        }
    }
}
