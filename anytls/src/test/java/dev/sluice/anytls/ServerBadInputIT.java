package dev.sluice.anytls;

import static dev.sluice.anytls.RawClient.ALERT;
import static dev.sluice.anytls.RawClient.FIN;
import static dev.sluice.anytls.RawClient.HEART_REQUEST;
import static dev.sluice.anytls.RawClient.HEART_RESPONSE;
import static dev.sluice.anytls.RawClient.PSH;
import static dev.sluice.anytls.RawClient.SERVER_SETTINGS;
import static dev.sluice.anytls.RawClient.SETTINGS;
import static dev.sluice.anytls.RawClient.SYN;
import static dev.sluice.anytls.RawClient.SYNACK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a peer gets that breaks the protocol: bounded, counted, and nobody else hears of it. */
class ServerBadInputIT {
    private final ServerBed bed = new ServerBed();

    @AfterEach
    void close() {
        bed.close();
        assertThat(bed.counts.count("streams")).as("streams left").isZero();
        assertThat(bed.counts.count("sessions")).as("sessions left").isZero();
    }

    @Test
    void aWrongPasswordAndGarbageAreClosedAlike() throws Exception {
        InetSocketAddress server = bed.start();
        for (byte[] bytes : new byte[][]{RawClient.authentication("wrong", 30), new byte[64], new byte[8]}) {
            try (RawClient client = RawClient.connect(server)) {
                client.send(bytes).expectClosed();
            }
        }
        await().untilAsserted(() -> assertThat(bed.counts.count("auth-unknown")).isEqualTo(3));
        assertThat(bed.counts.count("unauthorized")).isEqualTo(3);
    }

    @Test
    void aTruncatedAuthenticationIsClosedAtItsDeadline() throws Exception {
        bed.options = bed.options.withAuthentication(Duration.ofMillis(300));
        InetSocketAddress server = bed.start();
        byte[] right = RawClient.authentication("password", 30);
        for (int length : new int[]{0, 7, 31, 33, 40}) {
            try (RawClient client = RawClient.connect(server)) {
                client.send(Arrays.copyOf(right, length)).expectClosed();
            }
        }
        assertThat(bed.counts.count("auth-timeout")).isEqualTo(5);
        try (RawClient client = RawClient.connect(server)) {
            client.send(Arrays.copyOf(right, 20)).socket.shutdownOutput();
            client.expectClosed();
        }
        await().untilAsserted(() -> assertThat(bed.counts.count("auth-truncated")).isEqualTo(1));
    }

    @Test
    void theLongestPaddingIsDropped() throws Exception {
        try (ServerBed.Target echo = ServerBed.Target.echo(); RawClient client = RawClient.connect(bed.start())) {
            client.send(RawClient.authentication("password", 65_535));
            client.frame(SETTINGS, 0, RawClient.V2).expect(SERVER_SETTINGS, 0);
            client.open(1, RawClient.loopback(echo.port())).expect(SYNACK, 1);
        }
    }

    @Test
    void framesForUnknownStreamsAreDropped() throws Exception {
        try (ServerBed.Target echo = ServerBed.Target.echo(); RawClient client = RawClient.session(bed.start())) {
            client.frame(PSH, 77, "nobody").frame(FIN, 78, "").frame(FIN, 0, "").frame(200, 5, "future").frame(SYN, 1, "data");
            client.frame(PSH, 1, RawClient.loopback(echo.port())).expect(SYNACK, 1);
            client.frame(PSH, 1, "still");
            assertThat(client.text(1, 5)).isEqualTo("still");
            assertThat(bed.counts.count("unknown-stream")).isPositive();
            assertThat(bed.counts.count("unknown-frame")).isPositive();
        }
    }

    @Test
    void aStreamBeforeTheSettingsIsAnAlert() throws Exception {
        try (RawClient client = RawClient.connect(bed.start())) {
            client.send(RawClient.authentication("password", 0)).frame(SYN, 1, "");
            assertThat(client.expect(ALERT, 0).text()).contains("settings");
            client.expectClosed();
        }
        assertThat(bed.counts.count("syn-before-settings")).isEqualTo(1);
    }

    @Test
    void aSecondSynAndNumbersThatGoBackAreCounted() throws Exception {
        try (ServerBed.Target echo = ServerBed.Target.echo(); RawClient client = RawClient.session(bed.start())) {
            client.open(9, RawClient.loopback(echo.port())).expect(SYNACK, 9);
            client.frame(SYN, 9, "").open(3, RawClient.loopback(echo.port())).expect(SYNACK, 3);
            client.frame(PSH, 9, "nine");
            assertThat(client.text(9, 4)).isEqualTo("nine");
            assertThat(bed.counts.count("duplicate-syn")).isEqualTo(1);
            assertThat(bed.counts.count("backward-syn")).isEqualTo(1);
        }
    }

    @Test
    void anAddressThatIsNoneEndsItsStreamOnly() throws Exception {
        try (ServerBed.Target echo = ServerBed.Target.echo(); RawClient client = RawClient.session(bed.start())) {
            client.open(1, RawClient.hex("05 00000000 0050"));
            assertThat(client.expect(SYNACK, 1).text()).contains("address type 5");
            client.open(2, RawClient.loopback(echo.port()));
            RawClient.Frame next = client.next();
            assertThat(next.command() == FIN ? client.next().command() : next.command()).isEqualTo(SYNACK);
        }
    }

    @Test
    void oneMillionSynsAreBounded() throws Exception {
        bed.options = bed.options
                .withSession(new ServerSessionOptions(ServerSessionOptions.DEFAULT.scheme(), 100, Duration.ofSeconds(2)));
        long before = used();
        try (RawClient client = RawClient.session(bed.start())) {
            Thread reader = Thread.ofVirtual().start(() -> {
                try {
                    client.in.transferTo(java.io.OutputStream.nullOutputStream());
                } catch (IOException e) {
                    // closed
                }
            });
            try {
                ByteBuffer burst = ByteBuffer.allocate(7 * 10_000);
                for (int id = 1; id <= 1_000_000; id++) {
                    burst.put((byte) SYN).putInt(id).putShort((short) 0);
                    if (!burst.hasRemaining()) {
                        client.send(burst.array());
                        burst.clear();
                    }
                }
            } catch (IOException e) {
                // The server may give such a client up.
            }
            assertThat(bed.counts.count("streams")).isLessThanOrEqualTo(100);
            client.close();
            reader.join();
        }
        await().untilAsserted(() -> assertThat(bed.counts.count("sessions")).isZero());
        assertThat(bed.counts.count("too-many-streams")).isPositive();
        assertThat(used() - before).as("bytes kept").isLessThan(20 << 20);
    }

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    @Test
    void aPeerThatNeverReadsIsBounded() throws Exception {
        long sent = 0;
        try (ServerBed.Target source = new ServerBed.Target(socket -> {
            byte[] zeros = new byte[1 << 16];
            while (true) {
                socket.getOutputStream().write(zeros);
                bed.counts.add("written", 1);
            }
        }); RawClient client = RawClient.session(bed.start()); RawClient other = RawClient.session(bed.start())) {
            client.open(1, RawClient.loopback(source.port())).expect(SYNACK, 1);
            await().during(Duration.ofMillis(300)).until(() -> bed.counts.count("written"), new Unchanged()::since);
            assertThat(bed.counts.count("written")).as("writes of 64 KiB that went somewhere").isLessThan(400);
            other.frame(HEART_REQUEST, 0, "").expect(HEART_RESPONSE, 0);
            client.frame(HEART_REQUEST, 0, "");
            sent++;
        }
        assertThat(sent).isEqualTo(1);
    }

    /** Whether a number is the same as the last time. */
    private static final class Unchanged {
        private int last = -1;

        boolean since(int now) {
            boolean same = now == last;
            last = now;
            return same;
        }
    }

    @Test
    void aPeerThatStopsInAFrameHoldsNobodyUp() throws Exception {
        InetSocketAddress server = bed.start();
        try (ServerBed.Target echo = ServerBed.Target.echo();
                RawClient stuck = RawClient.session(server);
                RawClient other = RawClient.session(server)) {
            stuck.open(1, RawClient.loopback(echo.port())).expect(SYNACK, 1);
            byte[] frame = RawClient.frameOf(PSH, 1, new byte[60_000]);
            stuck.send(Arrays.copyOf(frame, 1000));
            other.open(1, RawClient.loopback(echo.port())).expect(SYNACK, 1);
            other.frame(PSH, 1, "free");
            assertThat(other.text(1, 4)).isEqualTo("free");
            assertThat(stuck.data(1, 993)).hasSize(993);
        }
    }

    @Test
    void aStreamWithoutAnAddressIsClosed() throws Exception {
        AnyTlsServerOptions o = bed.options;
        bed.options = new AnyTlsServerOptions(o.authentication(), Duration.ofMillis(200), o.session(), o.udpFilter(), o.udpIdle(),
                o.dnsIdle(), null);
        try (RawClient client = RawClient.session(bed.start())) {
            client.frame(SYN, 1, "");
            assertThat(client.expect(SYNACK, 1).text()).contains("no target");
        }
    }
}
