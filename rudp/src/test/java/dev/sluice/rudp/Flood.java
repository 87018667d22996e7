package dev.sluice.rudp;

import dev.sluice.rudp.protocol.crypto.PublicKey;
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
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** 10,000 first packets a second that look right and do not open, from many addresses. */
final class Flood implements AutoCloseable {
    static final int PER_SECOND = 10_000;

    private static final int SOURCES = 200;

    private final SplittableRandom random = new SplittableRandom(9);
    private final List<DatagramSocket> sources = new ArrayList<>();
    private final byte[] first;
    private final InetSocketAddress server;
    private final Thread thread;
    private volatile boolean over;
    final AtomicLong sent = new AtomicLong();

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

    /** The first packet of a client that knows {@code server}. */
    static byte[] firstPacket(PublicKey server) throws Exception {
        try (DatagramSocket trap = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
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
}
