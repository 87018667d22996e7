package dev.sluice.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.testkit.LeakWatch;
import dev.sluice.testkit.LogWatch;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Peers that stop in the middle of a message: a limit without progress, never one on the whole. */
class StallIT {
    @RegisterExtension
    final LeakWatch leaks = new LeakWatch();
    @RegisterExtension
    final LogWatch logs = new LogWatch();

    private final Proxy proxy = new Proxy(Proxy.impatient());

    @AfterEach
    void close() {
        proxy.close();
    }

    private void ended(int status, Side by) {
        await().until(() -> !proxy.log.isEmpty());
        assertThat(proxy.log.element().status()).isEqualTo(status);
        assertThat(proxy.log.element().reason()).extracting(CloseReason::kind, CloseReason::by).containsExactly(Kind.TIMEOUT, by);
        assertThat(proxy.log).hasSize(1);
    }

    @Test
    void aClientThatStopsInItsBodyIsTold408AndTheOriginGetsNoCompleteRequest() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("POST " + proxy.url("/") + " HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                assertThat(origin.take(4)).isEqualTo("half");
                assertThat(client.head()).startsWith("HTTP/1.1 408").containsIgnoringCase("connection: close");
                assertThat(origin.restOrReset()).isIn("", "[reset]");
                ended(408, Side.CLIENT);
            }
        }
    }

    @Test
    void aClientThatStopsInItsBodyAfterTheResponseHasBegunIsReset() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("POST " + proxy.url("/") + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                origin.say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun");
                assertThat(client.restOrReset()).endsWith("begun[reset]");
                ended(200, Side.CLIENT);
            }
        }
    }

    @Test
    void aServerThatDoesNotAnswerIs504() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("GET " + proxy.url("/") + " HTTP/1.1\r\nHost: x\r\n\r\n");
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                assertThat(client.head()).startsWith("HTTP/1.1 504").contains("http_response_timeout");
                assertThat(origin.restOrReset()).isIn("", "[reset]");
                ended(504, Side.TARGET);
            }
        }
    }

    @Test
    void aServerThatStopsInItsBodyIsAResetForTheClient() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("GET " + proxy.url("/") + " HTTP/1.1\r\nHost: x\r\n\r\n");
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                origin.say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
                assertThat(client.restOrReset()).endsWith("half[reset]");
                ended(200, Side.TARGET);
            }
        }
    }

    @Test
    void whoGoesOnSlowlyIsNotCut() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("POST " + proxy.url("/") + " HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n");
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                for (int i = 0; i < 6; i++) {
                    assertThat(client.silentFor(200)).isTrue();
                    client.say("x");
                    assertThat(origin.take(1)).isEqualTo("x");
                }
                origin.say("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n");
                assertThat(client.head()).startsWith("HTTP/1.1 200");
                for (int i = 0; i < 6; i++) {
                    assertThat(client.silentFor(200)).isTrue();
                    origin.say("y");
                    assertThat(client.take(1)).isEqualTo("y");
                }
            }
        }
        await().atMost(Duration.ofSeconds(5)).until(() -> !proxy.log.isEmpty());
        assertThat(proxy.log.element().reason().kind()).isEqualTo(Kind.FINISHED);
    }
}
