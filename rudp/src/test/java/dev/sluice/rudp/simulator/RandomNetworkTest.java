package dev.sluice.rudp.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.rudp.protocol.Acceptor;
import dev.sluice.rudp.protocol.Connection;
import dev.sluice.rudp.protocol.ConnectionConfig;
import dev.sluice.rudp.protocol.congestion.CongestionAlgorithm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever a network does that a seed can think of: bytes out are bytes in, each end is read once, no accepted byte is lost, buffers stay
 * within windows, bytes flow again after a blackout, and a server never answers an unproven address with more than thrice what came.
 * {@code -Drudp.seed=N} runs one seed.
 */
class RandomNetworkTest {
    private static final int SEEDS = 250;
    private static final int MANY = 5_000;
    private static final int WINDOW = 256 * 1024;
    private static final long OVERHEAD = 4;

    @Test
    void aFewHundredNetworks() {
        Long seed = Long.getLong("rudp.seed");
        if (seed != null) {
            network(seed);
            return;
        }
        for (int i = 0; i < SEEDS; i++) {
            network(i);
        }
    }

    /** Seeds that were found to fail, of the connection or of the simulation. */
    @ParameterizedTest
    @ValueSource(longs = {
            997, // was reported to stay without a proven path; with this connection and simulation it does not
            3402, // early data behind a retry: a token proves the address, and thrice what came is no limit any more
            3833})
    void networksThatOnceFailed(long seed) {
        network(seed);
    }

    @Test
    @Tag("full")
    void thousandsOfNetworks() {
        for (int i = SEEDS; i < MANY; i++) {
            network(i);
        }
    }

    static void network(long seed) {
        try {
            run(seed);
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("-Drudp.seed=" + seed + ": " + e.getMessage(), e);
        }
    }

    private static void run(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        boolean early = random.nextInt(3) == 0;
        ConnectionConfig.Builder builder = new ConnectionConfig.Builder().congestion(SlowStartOnly::new)
                .streamWindow(64 * 1024, WINDOW).connectionWindow(128 * 1024, 2 * WINDOW).sendBuffer(WINDOW, 2 * WINDOW)
                .handshakeTimeout(Duration.ofSeconds(60)).idleTimeout(Duration.ofSeconds(90)).earlyData(early)
                .maxStreams(64 + random.nextInt(50));
        if (random.nextBoolean()) {
            builder.maxPacket(1200 + random.nextInt(4000));
        }
        builder.fec(random.nextInt(3) == 0);
        if (random.nextBoolean()) {
            builder.congestion(List.of(CongestionAlgorithm.BBR, CongestionAlgorithm.CUBIC, CongestionAlgorithm.VEGAS,
                    CongestionAlgorithm.parse("fixed-rate=20m")).get(random.nextInt(4)));
        }
        boolean three = random.nextInt(3) == 0;
        List<Flow.Sink> sinks = new ArrayList<>();
        Simulation simulation = new Simulation(seed, builder.build(), builder.build(), new StubHandshakes(three, 1),
                Acceptor.Policy.DEFAULT.withHandshakesInProgress(random.nextInt(4) == 0 ? 0 : 100), c -> {
                    Flow.Sink sink = new Flow.Sink();
                    sinks.add(sink);
                    return sink;
                });
        disturb(simulation.up, random, simulation.now());
        disturb(simulation.down, random, simulation.now());
        int streams = 1 + random.nextInt(random.nextInt(5) == 0 ? 60 : 3);
        Flow.Source source = new Flow.Source(streams, random.nextInt(600_000) / streams, random.nextInt(600_000) / streams,
                early && random.nextBoolean());
        Connection connection = simulation.connect(source);
        move(simulation, connection, random);
        long[] peak = new long[1];
        boolean finished = simulation.run(Duration.ofMinutes(10), () -> {
            peak[0] = Math.max(peak[0], connection.memory());
            for (Connection c : simulation.server.connections) {
                peak[0] = Math.max(peak[0], c.memory());
            }
            return source.finished() || connection.over();
        });
        assertThat(finished && !connection.over()).as("finished at %d, opened %d done %d, %s, %s, server %s", simulation.now(),
                source.opened, source.done, connection.closeCause(), connection.stats(),
                simulation.server.connections.stream().map(c -> c.closeCause() + " " + c.stats()).toList()).isTrue();
        assertThat(source.ends).isEqualTo(streams);
        assertThat(peak[0]).as("memory of buffers").isLessThanOrEqualTo(OVERHEAD * 2 * WINDOW + streams * 4096L);
        assertThat(simulation.run(Duration.ofSeconds(60), connection::isFlushed)).isTrue();
        assertThat(sinks.stream().mapToLong(sink -> sink.received).sum()).as("bytes that arrived").isEqualTo(source.accepted);
        assertThat(sinks.stream().mapToInt(sink -> sink.ends).sum()).as("ends that arrived").isEqualTo(streams);
        connection.close(simulation.now(), 0, "done");
        simulation.client.drive(connection);
        simulation.run(Duration.ofMinutes(5),
                () -> simulation.client.connections.isEmpty() && simulation.server.connections.isEmpty());
        assertThat(simulation.client.connections).isEmpty();
        assertThat(simulation.server.connections).as("server's connections at %d", simulation.now()).isEmpty();
        assertThat(simulation.client.routes() + simulation.server.routes()).as("connection IDs that are left").isZero();
    }

    private static void disturb(Link link, SplittableRandom random, long now) {
        link.delayMillis(random.nextInt(1, 120));
        if (random.nextInt(3) == 0) {
            link.mbit(1 + random.nextInt(50));
            link.queue = 20 + random.nextInt(200);
        }
        if (random.nextInt(2) == 0) {
            link.loss = random.nextDouble() * 0.12;
            link.burst = 1 + random.nextInt(4);
        }
        if (random.nextInt(3) == 0) {
            link.jitter = random.nextLong(30 * Link.MILLIS);
        }
        if (random.nextInt(3) == 0) {
            link.reorder = random.nextDouble() * 0.1;
            link.reorderDelay = (1 + random.nextInt(50)) * Link.MILLIS;
        }
        if (random.nextInt(3) == 0) {
            link.duplicate = random.nextDouble() * 0.1;
        }
        if (random.nextInt(4) == 0) {
            link.corrupt = random.nextDouble() * 0.05;
        }
        if (random.nextInt(4) == 0) {
            link.mtu = 1200 + random.nextInt(300);
        }
        if (random.nextInt(4) == 0) {
            link.downFrom = now + random.nextLong(3_000 * Link.MILLIS);
            link.downUntil = link.downFrom + random.nextLong(4_000 * Link.MILLIS);
        }
    }

    private static void move(Simulation simulation, Connection connection, SplittableRandom random) {
        if (random.nextInt(3) == 0) {
            simulation.after(Duration.ofMillis(random.nextInt(5000)), () -> {
                if (connection.isEstablished()) {
                    simulation.rebindPort();
                }
            });
        }
        if (random.nextInt(4) == 0) {
            simulation.after(Duration.ofMillis(random.nextInt(5000)), () -> {
                if (connection.isEstablished()) {
                    simulation.rebindAddress();
                }
            });
        }
        if (random.nextInt(4) == 0) {
            simulation.after(Duration.ofMillis(random.nextInt(5000)), () -> {
                if (connection.isEstablished()) {
                    connection.migrate(simulation.now(), new dev.sluice.rudp.protocol.NetworkPath(
                            random.nextBoolean() ? simulation.newClientSocket() : 0, Simulation.SECOND_SERVER));
                    simulation.client.drive(connection);
                }
            });
        }
        if (random.nextInt(6) == 0) {
            simulation.after(Duration.ofMillis(random.nextInt(5000)), () -> {
                connection.localRebound(simulation.now(), simulation.newClientSocket());
                simulation.client.drive(connection);
            });
        }
        if (random.nextInt(5) == 0) {
            simulation.after(Duration.ofMillis(random.nextInt(4000)), () -> {
                simulation.up.mtu = 1200 + random.nextInt(100);
                simulation.down.mtu = 1200 + random.nextInt(100);
            });
        }
    }

}
