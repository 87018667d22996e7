package dev.sluice.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Bodies stream both ways at once, and a side that takes nothing holds the other side back. */
class FlowIT {
    private static final int SIZE = 64 << 20;
    private static final int BOUND = 32 << 20; // what four socket buffers of the system may hold, and not the rest
    private static final int PIECE = 1 << 16;

    private final Proxy proxy = new Proxy();

    @AfterEach
    void close() {
        proxy.close();
    }

    /** Writes {@link #SIZE} bytes from a thread, and counts those that were taken. */
    private static AtomicLong pour(RawPeer to) {
        AtomicLong written = new AtomicLong();
        Thread.ofVirtual().start(() -> {
            byte[] piece = new byte[PIECE];
            try {
                OutputStream out = to.socket().getOutputStream();
                for (int at = 0; at < SIZE; at += PIECE) {
                    out.write(piece);
                    written.addAndGet(PIECE);
                }
            } catch (IOException e) {
                written.set(-1);
            }
        });
        return written;
    }

    private static void awaitStandstill(AtomicLong written) {
        await().during(Duration.ofMillis(300)).atMost(Duration.ofSeconds(20)).until(new java.util.concurrent.Callable<>() {
            private long last = -1;

            @Override
            public Boolean call() {
                boolean same = last == written.get();
                last = written.get();
                return same;
            }
        });
    }

    @Test
    void aSlowReaderHoldsTheOriginBack() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("GET " + proxy.url("/") + " HTTP/1.1\r\nHost: x\r\n\r\n");
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                origin.say("HTTP/1.1 200 OK\r\nContent-Length: " + SIZE + "\r\n\r\n");
                AtomicLong written = pour(origin);
                awaitStandstill(written);
                assertThat(written.get()).isBetween(1L, (long) BOUND);
                client.head();
                for (int at = 0; at < SIZE; at += PIECE) {
                    client.take(PIECE);
                }
                assertThat(written).hasValue(SIZE);
            }
        }
    }

    @Test
    void anOriginThatReadsNothingHoldsTheUploadBack() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("POST " + proxy.url("/") + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + SIZE + "\r\n\r\n");
            try (RawPeer origin = proxy.origin()) {
                AtomicLong written = pour(client);
                awaitStandstill(written);
                assertThat(written.get()).isBetween(1L, (long) BOUND);
                origin.head();
                for (int at = 0; at < SIZE; at += PIECE) {
                    origin.take(PIECE);
                }
                assertThat(written).hasValue(SIZE);
                origin.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                assertThat(client.head()).startsWith("HTTP/1.1 200");
            }
        }
    }

    @Test
    void bothBodiesFlowAtTheSameTime() throws IOException {
        try (RawPeer client = proxy.client()) {
            client.say("POST " + proxy.url("/") + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
            try (RawPeer origin = proxy.origin()) {
                origin.head();
                origin.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                client.head();
                for (int i = 0; i < 20; i++) {
                    client.say("4\r\nping\r\n");
                    assertThat(origin.take(9)).isEqualTo("4\r\nping\r\n");
                    origin.say("4\r\npong\r\n");
                    assertThat(client.take(9)).isEqualTo("4\r\npong\r\n");
                }
                origin.say("0\r\n\r\n");
                assertThat(client.take(5)).isEqualTo("0\r\n\r\n");
                client.say("0\r\n\r\n");
                assertThat(origin.take(5)).isEqualTo("0\r\n\r\n");
            }
        }
    }
}
