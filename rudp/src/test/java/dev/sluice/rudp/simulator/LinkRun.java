package dev.sluice.rudp.simulator;

import dev.sluice.rudp.protocol.Acceptor;
import dev.sluice.rudp.protocol.Connection;
import dev.sluice.rudp.protocol.ConnectionConfig;
import dev.sluice.rudp.protocol.ConnectionObserver;
import dev.sluice.rudp.protocol.congestion.CongestionAlgorithm;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * An upload without end over one kind of link, and what it shows: how much of the link is payload, how many bytes are on the wire for each
 * of payload, how much was sent again. Faults come in front of the queue, as in the emulator of whole programs: what they take, the line
 * does not carry.
 */
final class LinkRun {
    private static final long ENDLESS = 1L << 40;
    private static final int IP_UDP = 28;

    final Simulation simulation;
    final Connection connection;
    private final Pour pour = new Pour();
    private final double bitsPerSecond;

    private LinkRun(LinkKind kind, ConnectionConfig config, long seed) {
        simulation = new Simulation(seed, config, config, new StubHandshakes(false, 1), Acceptor.Policy.DEFAULT,
                c -> new Drain());
        for (Link link : List.of(simulation.up, simulation.down)) {
            kind.lay(link);
        }
        bitsPerSecond = simulation.up.rate;
        connection = simulation.connect(pour);
        simulation.run(Duration.ofSeconds(2), () -> received() > 0);
    }

    static LinkRun begin(LinkKind kind, ConnectionConfig config, long seed) {
        return new LinkRun(kind, config, seed);
    }

    static LinkRun begin(LinkKind kind, long seed) {
        return new LinkRun(kind, ConnectionConfig.DEFAULT, seed);
    }

    /** Another sender over the same link. */
    Connection beside(CongestionAlgorithm algorithm) {
        return simulation.client.connect(Simulation.SERVER, new Pour(), ConnectionObserver.NONE,
                new ConnectionConfig.Builder().congestion(algorithm).build());
    }

    /** Payload that has arrived. */
    long received() {
        return simulation.server.connections.isEmpty() ? 0 : simulation.serverConnection().stats().streamBytesReceived();
    }

    /**
     * What some seconds gave.
     *
     * @param share of the link that is payload
     * @param wire bytes that both ends put on the wire for each of payload
     * @param again share of what was sent that was sent again
     */
    record Result(double share, double wire, double again) {
        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%.3f of the link, %.3f on the wire, %.3f again", share, wire, again);
        }
    }

    /** Runs for so long. */
    Result run(double seconds) {
        long payload = received();
        long wire = wire();
        long again = connection.stats().streamBytesRetransmitted();
        simulation.run(Duration.ofMillis((long) (seconds * 1000)), () -> false);
        payload = received() - payload;
        return new Result(payload * 8 / seconds / bitsPerSecond, (double) (wire() - wire) / payload,
                (double) (connection.stats().streamBytesRetransmitted() - again) / payload);
    }

    /** Writes nothing for so long, and then again. */
    void rest(double seconds) {
        pour.rests = true;
        simulation.run(Duration.ofMillis((long) (seconds * 1000)), () -> false);
        pour.rests = false;
        simulation.client.drive(connection);
    }

    private long wire() {
        return simulation.up.bytes + simulation.down.bytes + IP_UDP * (simulation.up.packets + simulation.down.packets);
    }

    /** Writes whatever is taken. */
    static final class Pour implements Application {
        private static final byte[] BLOCK = new byte[64 * 1024];
        private long stream = Connection.NO_STREAM;
        boolean rests;

        @Override
        public void run(long now, Connection connection) {
            if (stream == Connection.NO_STREAM && connection.isEstablished()) {
                stream = connection.open();
            }
            while (connection.nextWritable() != Connection.NO_STREAM) {
                // there is only one
            }
            if (stream != Connection.NO_STREAM && !rests) {
                for (long sent = 0; sent < ENDLESS;) {
                    int count = connection.write(stream, BLOCK, 0, BLOCK.length);
                    if (count <= 0) {
                        return;
                    }
                    sent += count;
                }
            }
        }
    }

    /** Reads whatever comes. */
    static final class Drain implements Application {
        private final byte[] buffer = new byte[64 * 1024];

        @Override
        public void run(long now, Connection connection) {
            while (connection.accept() != Connection.NO_STREAM) {
                // read below
            }
            for (long id = connection.nextReadable(); id != Connection.NO_STREAM; id = connection.nextReadable()) {
                while (connection.read(now, id, buffer, 0, buffer.length) > 0) {
                    // that is all
                }
            }
        }
    }
}
