package dev.sluice.rudp.simulator;

import dev.sluice.rudp.protocol.Acceptor;
import dev.sluice.rudp.protocol.Connection;
import dev.sluice.rudp.protocol.ConnectionConfig;
import dev.sluice.rudp.protocol.ConnectionIds;
import dev.sluice.rudp.protocol.ConnectionObserver;
import dev.sluice.rudp.protocol.DatagramBatch;
import dev.sluice.rudp.protocol.HandshakeProvider;
import dev.sluice.rudp.protocol.NetworkPath;
import dev.sluice.rudp.protocol.congestion.CongestionAlgorithm;
import dev.sluice.rudp.protocol.crypto.HandshakeLimiter;
import dev.sluice.rudp.protocol.crypto.RetryCookie;
import dev.sluice.rudp.protocol.wire.ConnectionId;
import java.lang.management.ManagementFactory;
import java.util.SplittableRandom;

/** What the core costs for each packet: two connections joined in memory, one thread, no cryptography. A program, not a test. */
final class CoreCost {
    private static final int BATCHES = 40;

    private CoreCost() {}

    /** {@code args}: packet size, seconds. */
    public static void main(String[] args) {
        int size = args.length > 0 ? Integer.parseInt(args[0]) : 1452;
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 6;
        ConnectionConfig config = new ConnectionConfig.Builder()
                .congestion(new CongestionAlgorithm(CongestionAlgorithm.Kind.FIXED_RATE, 2_000_000_000L)::create)
                .sendBuffer(256 * 1024, 512 * 1024).maxPacket(size)
                .build();
        HandshakeProvider handshakes = new StubHandshakes(false, 1, true);
        Ids ids = new Ids();
        SplittableRandom random = new SplittableRandom(1);
        NetworkPath path = new NetworkPath(0, Simulation.SERVER);
        long now = 1_000_000_000L;
        Connection client = Connection.connect(now, path, config, handshakes, ids, 0, random, ConnectionObserver.NONE);
        DatagramBatch batch = new DatagramBatch(65_000, BATCHES);
        client.poll(now, batch);
        Acceptor acceptor = new Acceptor(config, Acceptor.Policy.DEFAULT, handshakes, ids,
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
            System.out.printf("%d ns of processor time for a packet sent, received and acknowledged, %.2f Gbit/s, %s%n",
                    time / Math.max(1, packets),
                    bytes * 8.0 / time, client.stats());
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

    private static final class Ids implements ConnectionIds {
        private final SplittableRandom random = new SplittableRandom(2);

        @Override
        public ConnectionId issue(Connection connection) {
            return ConnectionId.create(0, random);
        }

        @Override
        public void retire(ConnectionId id) {}

        @Override
        public byte[] resetToken(ConnectionId id) {
            return new byte[16];
        }
    }
}
