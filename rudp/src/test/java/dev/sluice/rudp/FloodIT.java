package dev.sluice.rudp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.rudp.protocol.crypto.PublicKey;
import dev.sluice.stream.Stream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Strangers by the thousand, over real sockets: what they cost those who are there already. */
@Tag("full")
@Timeout(120)
class FloodIT {
    private static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final int PER_SECOND = 10_000;
    private static final int SOURCES = 200;
    private static final int ROUNDS = 7;
    private static final int SIZE = 384 << 20;

    private final SplittableRandom random = new SplittableRandom(9);

    /** 10,000 first packets a second that look right and do not open, from many addresses. */
    private final class Flood implements AutoCloseable {
        private final List<DatagramSocket> sources = new ArrayList<>();
        private final byte[] first;
        private final InetSocketAddress server;
        private final Thread thread;
        private volatile boolean over;
        private final AtomicLong sent = new AtomicLong();

        Flood(InetSocketAddress server, byte[] first) throws IOException {
            this.server = server;
            this.first = first;
            for (int i = 0; i < SOURCES; i++) {
                byte[] address = {127, (byte) random.nextInt(), (byte) random.nextInt(), (byte) (1 + random.nextInt(250))};
                sources.add(new DatagramSocket(new InetSocketAddress(InetAddress.getByAddress(address), 0)));
            }
            thread = Thread.ofPlatform().daemon().start(this::run);
        }

        private void run() {
            SplittableRandom bytes = new SplittableRandom(1);
            long start = System.nanoTime();
            while (!over) {
                for (long due = (System.nanoTime() - start) * PER_SECOND / 1_000_000_000L; sent.get() < due && !over; sent
                        .incrementAndGet()) {
                    byte[] forged = first.clone();
                    for (int at = 6; at < 15; at++) {
                        forged[at] = (byte) bytes.nextInt(); // the ID
                    }
                    for (int at = 30; at < 62; at++) {
                        forged[at] = (byte) bytes.nextInt(); // its half of the Diffie-Hellman
                    }
                    try {
                        sources.get(bytes.nextInt(SOURCES)).send(new DatagramPacket(forged, forged.length, server));
                    } catch (IOException e) {
                        return;
                    }
                }
                LockSupport.parkNanos(500_000);
            }
        }

        @Override
        public void close() throws InterruptedException {
            over = true;
            thread.join();
            sources.forEach(DatagramSocket::close);
        }
    }

    private static byte[] firstPacket(PublicKey server) throws Exception {
        try (DatagramSocket trap = new DatagramSocket(ANY)) {
            RudpConfig config = RudpConfig.builder().serverKey(server).handshakeTimeout(Duration.ofMillis(300)).build();
            FutureTask<@Nullable Void> client = new FutureTask<>(() -> {
                RudpClient.connect((InetSocketAddress) trap.getLocalSocketAddress(), config);
                return null;
            });
            Thread.ofVirtual().start(client);
            DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
            trap.receive(packet);
            return Arrays.copyOf(packet.getData(), packet.getLength());
        }
    }

    private static double seconds(Stream out, Stream in) throws Exception {
        long start = System.nanoTime();
        FutureTask<Long> reader = new FutureTask<>(() -> {
            byte[] block = new byte[128 * 1024];
            long left = SIZE;
            while (left > 0) {
                int n = in.read(block, 0, (int) Math.min(left, block.length));
                left -= n;
            }
            return left;
        });
        Thread.ofVirtual().start(reader);
        byte[] block = new byte[128 * 1024];
        for (int sent = 0; sent < SIZE; sent += block.length) {
            out.write(block, 0, block.length);
        }
        assertThat(reader.get(60, TimeUnit.SECONDS)).isZero();
        return (System.nanoTime() - start) / 1e9;
    }

    @Test
    void aFloodOfFirstPacketsLeavesConnectionsFourFifthsOfTheirSpeed() throws Exception {
        RudpConfig config = RudpConfig.builder().build();
        try (RudpServer server = RudpServer.bind(ANY, config);
                RudpConnection client = RudpClient.connect(server.address(), config)) {
            byte[] first = firstPacket(server.key());
            Stream out = client.openStream();
            out.write(new byte[1], 0, 1);
            Stream in = server.accept().acceptStream();
            in.input().readNBytes(1);
            for (int i = 0; i < ROUNDS; i++) {
                seconds(out, in); // the compiler's
            }
            List<Double> quiet = new ArrayList<>();
            List<Double> flooded = new ArrayList<>();
            long packets = 0;
            for (int i = 0; i < ROUNDS; i++) {
                quiet.add(seconds(out, in));
                try (Flood flood = new Flood(server.address(), first)) {
                    flooded.add(seconds(out, in));
                    packets += flood.sent.get();
                }
            }
            quiet.sort(null);
            flooded.sort(null);
            assertThat(packets).isPositive();
            assertThat(quiet.get(ROUNDS / 2) / flooded.get(ROUNDS / 2)).as("quiet %s s, flooded %s s", quiet, flooded)
                    .isGreaterThanOrEqualTo(0.8);
        }
    }

    /** Their first packets are a few among ten thousand; what is bounded is the handshake, by its own time-out. */
    @Test
    void clientsComeInDuringAFlood() throws Exception {
        RudpConfig config = RudpConfig.builder().build();
        try (RudpServer server = RudpServer.bind(ANY, config);
                Flood flood = new Flood(server.address(), firstPacket(server.key()))) {
            await().until(() -> flood.sent.get() > PER_SECOND / 2);
            for (int i = 0; i < ROUNDS; i++) {
                try (RudpConnection client = RudpClient.connect(server.address(), config)) {
                    client.openStream().write(new byte[]{(byte) i}, 0, 1);
                    assertThat(server.accept().acceptStream().input().read()).isEqualTo(i);
                }
            }
        }
    }
}
