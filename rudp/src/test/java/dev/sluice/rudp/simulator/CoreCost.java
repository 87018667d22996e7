package dev.sluice.rudp.simulator;

import dev.sluice.rudp.protocol.Acceptor;
import dev.sluice.rudp.protocol.Connection;
import dev.sluice.rudp.protocol.ConnectionConfig;
import dev.sluice.rudp.protocol.ConnectionObserver;
import dev.sluice.rudp.protocol.DatagramBatch;
import dev.sluice.rudp.protocol.HandshakeProvider;
import dev.sluice.rudp.protocol.NetworkPath;
import dev.sluice.rudp.protocol.NoiseHandshakes;
import dev.sluice.rudp.protocol.StreamMemory;
import dev.sluice.rudp.protocol.congestion.CongestionAlgorithm;
import dev.sluice.rudp.protocol.crypto.Aead;
import dev.sluice.rudp.protocol.crypto.HandshakeLimiter;
import dev.sluice.rudp.protocol.crypto.PacketProtection;
import dev.sluice.rudp.protocol.crypto.RetryCookie;
import dev.sluice.rudp.protocol.crypto.StaticKey;
import java.lang.management.ManagementFactory;
import java.util.SplittableRandom;

/**
 * What the core costs for each packet, in time and in allocated bytes: two connections joined in memory, one thread; with the argument
 * {@code sealed} under real keys, and then also what sealing and opening cost alone. A program, not a test.
 */
final class CoreCost {
    private static final int BATCHES = 40;

    private CoreCost() {}

    /** {@code args}: packet size, seconds, {@code sealed} for real keys. */
    public static void main(String[] args) {
        int size = args.length > 0 ? Integer.parseInt(args[0]) : 1452;
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 6;
        ConnectionConfig config = new ConnectionConfig.Builder()
                .congestion(new CongestionAlgorithm(CongestionAlgorithm.Kind.FIXED_RATE, 2_000_000_000L)::create)
                .sendBuffer(256 * 1024, 512 * 1024).maxPacket(size)
                .build();
        boolean sealed = args.length > 2 && args[2].equals("sealed");
        StaticKey key = StaticKey.generate();
        HandshakeProvider stub = new StubHandshakes(false, 1, true);
        HandshakeProvider ours = sealed
                ? NoiseHandshakes.known(Aead.AES_GCM, StaticKey.generate(), key.publicKey(), null)
                : stub;
        HandshakeProvider handshakes = sealed ? NoiseHandshakes.server(key, null) : stub;
        RandomIds ids = new RandomIds(new SplittableRandom(2));
        SplittableRandom random = new SplittableRandom(1);
        NetworkPath path = new NetworkPath(0, Simulation.SERVER);
        long now = 1_000_000_000L;
        StreamMemory memory = new StreamMemory(Node.BUDGET);
        Connection client = Connection.connect(now, path, config, memory, ours, ids, 0, random, ConnectionObserver.NONE);
        DatagramBatch batch = new DatagramBatch(65_000, BATCHES);
        client.poll(now, batch);
        Acceptor acceptor = new Acceptor(config, memory, Acceptor.Policy.DEFAULT, handshakes, ids,
                new RetryCookie(new RetryCookie.Seed()),
                new HandshakeLimiter(1000, 1000), null, random);
        acceptor.onDatagram(now, 0, path, batch.bytes(), 0, batch.length(), 0, 0);
        Connection server = acceptor.accepted();
        server.onDatagram(now, path, 0, batch.bytes(), 0, batch.length());
        byte[] data = new byte[64 * 1024];
        long stream = Connection.NO_STREAM;
        for (int round = 0; round < rounds; round++) {
            long began = System.nanoTime();
            long cpuBefore = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            long allocatedBefore = allocated();
            long packetsBefore = client.stats().packetsSent();
            long bytes = 0;
            while (System.nanoTime() - began < 1_000_000_000L) {
                for (int i = 0; i < 100; i++) {
                    now += 30_000;
                    if (client.isEstablished() && stream == Connection.NO_STREAM) {
                        stream = client.open();
                    }
                    if (stream != Connection.NO_STREAM) {
                        client.write(stream, data, 0, data.length);
                    }
                    pass(now, client, server, path, batch, 3);
                    while (server.accept() != Connection.NO_STREAM || server.nextReadable() != Connection.NO_STREAM
                            || server.pollEvent() != null || client.pollEvent() != null
                            || client.nextWritable() != Connection.NO_STREAM) {
                        // looked at below
                    }
                    for (int n = server.read(now, 0, data, 0, data.length); n > 0; n = server.read(now, 0, data, 0,
                            data.length)) {
                        bytes += n;
                    }
                    pass(now, server, client, path, batch, BATCHES);
                }
            }
            long packets = client.stats().packetsSent() - packetsBefore;
            long time = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpuBefore;
            System.out.printf(
                    "%d ns of processor time for a packet sent, received and acknowledged, %d bytes allocated, %.2f Gbit/s, %s%n",
                    time / Math.max(1, packets), (allocated() - allocatedBefore) / Math.max(1, packets),
                    bytes * 8.0 / time, client.stats());
        }
        if (sealed) {
            protection(size);
        }
    }

    private static long allocated() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    /** Sealing and opening alone: the floor. */
    private static void protection(int size) {
        byte[] secret = new byte[32];
        PacketProtection keys = PacketProtection.of(Aead.AES_GCM, secret.clone(), secret.clone());
        byte[] packet = new byte[size];
        byte[] payload = new byte[size];
        int header = 12;
        int count = 200_000;
        for (int round = 0; round < 3; round++) {
            long allocatedBefore = allocated();
            long cpuBefore = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            for (int i = 0; i < count; i++) {
                long number = (long) round * count + i;
                packet[0] = 3;
                int length = keys.seal(packet, 0, header, size - header - PacketProtection.TAG_LENGTH, number);
                if (keys.open(0, packet, 0, length, header - 4, number - 1, payload, 0) != number) {
                    throw new IllegalStateException("packet " + number + " does not open");
                }
            }
            System.out.printf("sealing and opening alone: %d ns, %d bytes allocated%n",
                    (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpuBefore) / count,
                    (allocated() - allocatedBefore) / count);
        }
    }

    private static void pass(long now, Connection from, Connection to, NetworkPath path, DatagramBatch batch, int most) {
        for (int i = 0; i < most && from.poll(now, batch); i++) {
            for (int at = 0; at < batch.length(); at += batch.segmentSize()) {
                to.onDatagram(now, path, 0, batch.bytes(), at, Math.min(batch.segmentSize(), batch.length() - at));
            }
        }
        if (from.nextTimeout(now) <= now) {
            from.onTimeout(now);
        }
        if (to.nextTimeout(now) <= now) {
            to.onTimeout(now);
        }
    }
}
