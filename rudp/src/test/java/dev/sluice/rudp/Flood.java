package dev.sluice.rudp;

import dev.sluice.rudp.protocol.crypto.PublicKey;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** 10,000 first packets a second that look right and do not open, from many addresses, for as little processor time as Java can. */
final class Flood implements AutoCloseable {
    static final int PER_SECOND = 10_000;

    private static final int SOURCES = 200;

    private final SplittableRandom random = new SplittableRandom(9);
    private final List<DatagramChannel> sources = new ArrayList<>();
    private final ByteBuffer packet;
    private final Thread thread;
    private volatile boolean over;
    final AtomicLong sent = new AtomicLong();

    Flood(InetSocketAddress server, byte[] first) throws IOException {
        packet = ByteBuffer.allocateDirect(first.length).put(first);
        for (int i = 0; i < SOURCES; i++) {
            byte[] address = {127, (byte) random.nextInt(), (byte) random.nextInt(), (byte) (1 + random.nextInt(250))};
            sources.add(DatagramChannel.open().bind(new InetSocketAddress(InetAddress.getByAddress(address), 0)).connect(server));
        }
        thread = Thread.ofPlatform().daemon().start(this::run);
    }

    private void run() {
        SplittableRandom bytes = new SplittableRandom(1);
        long start = System.nanoTime();
        while (!over) {
            for (long due = (System.nanoTime() - start) * PER_SECOND / 1_000_000_000L; sent.get() < due && !over; sent
                    .incrementAndGet()) {
                packet.clear().putLong(6, bytes.nextLong()); // the ID
                for (int at = 30; at < 62; at += Long.BYTES) {
                    packet.putLong(at, bytes.nextLong()); // its half of the Diffie-Hellman
                }
                try {
                    sources.get(bytes.nextInt(SOURCES)).write(packet);
                } catch (IOException e) {
                    return;
                }
            }
            LockSupport.parkNanos(500_000);
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        over = true;
        thread.join();
        for (DatagramChannel source : sources) {
            source.close();
        }
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
