package dev.sluice.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.core.CloseReason.Kind;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How exchanges and connections end: early answers, truncation, bad answers, stale connections, time-outs. */
class EndingsIT {
    private final Proxy proxy = new Proxy(Proxy.quick());

    @AfterEach
    void close() {
        proxy.close();
    }

    private String get(String path) {
        return "GET " + proxy.url(path) + " HTTP/1.1\r\nHost: x\r\n\r\n";
    }

    private static String ok(String body) {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    @Test
    void anEarlyAnswerIsDeliveredAtOnceAndBothConnectionsGoOn() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("POST " + proxy.url("/") + " HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello");
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                origin.take(5);
                origin.say(ok("early"));
                assertThat(client.head()).startsWith("HTTP/1.1 200").doesNotContain("connection: close");
                assertThat(client.take(5)).isEqualTo("early");
                client.say("world");
                assertThat(origin.take(5)).isEqualTo("world");
                client.say(get("/next"));
                assertThat(origin.head()).startsWith("GET /next");
                origin.say(ok("next"));
                assertThat(client.head()).startsWith("HTTP/1.1 200");
                assertThat(client.take(4)).isEqualTo("next");
            }
        }
    }

    @Test
    void anEarlyAnswerThatClosesEndsTheUploadWithoutLosingTheAnswer() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("POST " + proxy.url("/") + " HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\nhello");
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                origin.say("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig");
                origin.close();
                client.say(new byte[100_000]);
                String answer = client.rest();
                assertThat(answer).startsWith("HTTP/1.1 413").contains("connection: close").endsWith("big");
            }
        }
    }

    @Test
    void anOriginThatAnswersAndLeavesLetsTheSmallRestOfTheRequestBeRead() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("POST " + proxy.url("/") + " HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello");
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                origin.say(ok("early"));
                assertThat(client.head()).startsWith("HTTP/1.1 200");
                assertThat(client.take(5)).isEqualTo("early");
                origin.reset();
            }
            await().until(() -> proxy.dials.get() == 1);
            client.say("world" + get("/next"));
            try (RawPeer origin = proxy.origin()) {
                assertThat(origin.head()).startsWith("GET /next");
                origin.say(ok("next"));
                assertThat(client.head()).startsWith("HTTP/1.1 200");
            }
        }
    }

    @Test
    void aTruncatedBodyIsCutAndNeverMended() throws IOException {
        String[] answers = {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nabc",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"};
        for (String answer : answers) {
            try (RawPeer client = proxy.client()) {
                client.say(get("/"));
                try (RawPeer origin = proxy.origin()) {
                    origin.head();
                    origin.say(answer);
                    assertThat(client.head()).startsWith("HTTP/1.1 200");
                    origin.close();
                    assertThat(client.restOrReset()).endsWith("[reset]").doesNotContain("502", "0\r\n\r\n");
                }
            }
        }
    }

    @Test
    void aBodyThatEndsWithTheConnectionIsChunkedForTheClient() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say(get("/"));
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                origin.say("HTTP/1.0 200 OK\r\n\r\nabc");
                origin.close();
                assertThat(client.head()).contains("transfer-encoding: chunked", "via: 1.0 sluice-")
                        .doesNotContain("connection: close");
                assertThat(client.take(13)).isEqualTo("3\r\nabc\r\n0\r\n\r\n");
                client.say(get("/next"));
                try (RawPeer second = proxy.origin()) {
                    assertThat(second.head()).startsWith("GET /next");
                }
            }
        }
    }

    @Test
    void aBodyThatEndsWithAResetIsNotComplete() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say(get("/"));
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                origin.say("HTTP/1.1 200 OK\r\n\r\nabc");
                assertThat(client.head()).contains("transfer-encoding: chunked");
                assertThat(client.take(8)).isEqualTo("3\r\nabc\r\n");
                origin.reset();
                assertThat(client.restOrReset()).isEqualTo("[reset]");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
            "SSH-2.0-OpenSSH\r\n",
            "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\0c\r\nContent-Length: 0\r\n\r\n", "garbage\r\n\r\n"})
    void anAnswerThatIsNoHttpIsABadGateway(String answer) throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say(get("/"));
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                origin.say(answer);
                assertThat(client.head()).startsWith("HTTP/1.1 502").contains("proxy-status: sluice; error=http_");
                assertThat(origin.restOrReset()).doesNotContain("GET");
            }
        }
    }

    @Test
    void aBadChunkInABegunAnswerCutsIt() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say(get("/"));
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                origin.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n-1\r\nx");
                assertThat(client.restOrReset()).contains("[reset]").doesNotContain("0\r\n\r\n", "502");
            }
        }
    }

    @Test
    void anOriginThatClosesWithoutAnAnswerIsABadGateway() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("POST " + proxy.url("/") + " HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                origin.take(3);
            }
            assertThat(client.head()).startsWith("HTTP/1.1 502").contains("error=connection_terminated");
            assertThat(proxy.originIsAskedWithin(150)).as("a POST is not repeated").isFalse();
        }
    }

    @Test
    void aStaleConnectionIsReplacedOnceForAnIdempotentRequest() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say(get("/1"));
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                origin.say(ok(""));
                client.head();
                client.say(get("/2"));
                origin.head();
            } // closed without an answer
            try (RawPeer fresh = proxy.origin()) {
                assertThat(fresh.head()).startsWith("GET /2");
            } // and again: a retry is not retried
            assertThat(client.head()).startsWith("HTTP/1.1 502");
            assertThat(proxy.originIsAskedWithin(150)).isFalse();
        }
    }

    @Test
    void aPostOnAStaleConnectionIsNeverRepeated() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say(get("/1"));
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                origin.say(ok(""));
                client.head();
                client.say("POST " + proxy.url("/2") + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
                assertThat(origin.head()).startsWith("POST /2");
            }
            assertThat(client.head()).startsWith("HTTP/1.1 502");
            assertThat(proxy.originIsAskedWithin(150)).isFalse();
        }
    }

    @Test
    void dataThatNobodyAskedForIsNeverAnAnswer() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say(get("/1"));
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                origin.say(ok("one") + ok("poison"));
                client.head();
                assertThat(client.take(3)).isEqualTo("one");
                client.say(get("/2"));
                try (RawPeer fresh = proxy.origin()) {
                    assertThat(fresh.head()).startsWith("GET /2");
                    fresh.say(ok("two"));
                    client.head();
                    assertThat(client.take(3)).isEqualTo("two");
                }
            }
        }
    }

    @Test
    void anIdleOriginConnectionThatSaysSomethingIsClosed() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say(get("/1"));
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                origin.say(ok("one"));
                client.head();
                client.take(3);
                origin.say(ok("poison"));
                assertThat(origin.restOrReset()).doesNotContain("GET");
            }
        }
    }

    @Test
    void anIdleOriginConnectionIsClosedAfterItsTime() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say(get("/1"));
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                origin.say(ok(""));
                assertThat(origin.restOrReset()).isEmpty();
            }
        }
    }

    @Test
    void aClientThatVanishesEndsTheOriginsRequest() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("POST " + proxy.url("/") + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                assertThat(origin.take(8)).isEqualTo("3\r\nabc\r\n");
                client.close();
                assertThat(origin.restOrReset()).doesNotContain("0\r\n\r\n");
            }
        }
        await().untilAsserted(() -> assertThat(proxy.log).singleElement()
                .satisfies(line -> assertThat(line.reason().kind()).isIn(Kind.PEER_CLOSED, Kind.RESET)));
    }

    @Test
    void aClientThatEndsItsOutputBehindTheRequestStillGetsItsAnswer() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say(get("/"));
            client.finish();
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                origin.say(ok("late"));
                assertThat(client.rest()).startsWith("HTTP/1.1 200").contains("connection: close").endsWith("late");
            }
        }
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say(get("/1") + "POST " + proxy.url("/2") + " HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nb" + get("/3"));
            client.finish();
            try (RawPeer origin = proxy.origin()) {
                for (int i = 1; i <= 3; i++) {
                    assertThat(origin.head()).contains("/" + i + " HTTP/1.1");
                    if (i == 2) {
                        origin.take(1);
                    }
                    assertThat(proxy.log).as("the next one is not begun before").hasSize(i - 1);
                    origin.say(ok("r" + i));
                    client.head();
                    assertThat(client.take(2)).isEqualTo("r" + i);
                }
                assertThat(client.rest()).isEmpty();
            }
        }
    }

    @Test
    void aSlowHeaderGets408() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("GET " + proxy.url("/"));
            String answer = client.rest();
            assertThat(answer).startsWith("HTTP/1.1 408").contains("connection: close");
        }
    }

    @Test
    void anIdleClientIsClosedWithoutAWord() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say(get("/"));
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                origin.say(ok(""));
                client.head();
                assertThat(client.rest()).isEmpty();
            }
        }
    }

    @Test
    void anOriginThatCannotBeReachedIsToldInWords() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("GET http://127.0.0.1:1/ HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n");
            String head = client.head();
            assertThat(head).startsWith("HTTP/1.1 502 Bad Gateway").contains("proxy-status: sluice; error=connection_refused",
                    "text/html");
            int length = Integer.parseInt(head.replaceAll("(?s).*content-length: (\\d+).*", "$1"));
            assertThat(client.take(length)).contains("nothing listens there");
            client.say("GET http://127.0.0.1:9/ HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n");
            head = client.head();
            assertThat(head).startsWith("HTTP/1.1 403");
            length = Integer.parseInt(head.replaceAll("(?s).*content-length: (\\d+).*", "$1"));
            assertThat(client.take(length)).contains("rule &lt;3&gt; forbids it");
        }
    }

    @Test
    void aRefusedUploadIsDrainedAndTheConnectionGoesOn() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("POST http://127.0.0.1:9/ HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\n\r\n").say(new byte[20_000]);
            assertThat(client.head()).startsWith("HTTP/1.1 403");
        }
    }

    @Test
    void drainingClosesIdleClientsAndLetsTheOthersFinish() throws IOException {
        try (RawPeer idle = proxy.client(); RawPeer busy = proxy.client()) {
            busy.say(get("/"));
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                proxy.server().drain(Duration.ofSeconds(20));
                assertThat(idle.rest()).isEmpty();
                origin.say(ok("done"));
                assertThat(busy.rest()).startsWith("HTTP/1.1 200").contains("connection: close").endsWith("done");
            }
        }
        await().untilAsserted(() -> assertThat(proxy.server().closed().isDone()).isTrue());
    }
}
