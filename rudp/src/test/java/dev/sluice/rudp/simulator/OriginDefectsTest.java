package dev.sluice.rudp.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.rudp.protocol.Connection;
import dev.sluice.rudp.protocol.ConnectionConfig;
import dev.sluice.rudp.protocol.ConnectionObserver;
import dev.sluice.rudp.protocol.NetworkPath;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Faults that transports of this kind have had, one test each. What their authors test is in {@link OriginScenariosTest}. */
class OriginDefectsTest {
    private static final int SMALL = 64 * 1024;
    private static final ConnectionConfig TIGHT = new ConnectionConfig.Builder().congestion(SlowStartOnly::new)
            .streamWindow(SMALL, SMALL).connectionWindow(4 * SMALL, 4 * SMALL).sendBuffer(SMALL, 4 * SMALL).build();

    private static Connection established(Simulation simulation) {
        Connection connection = simulation.connect(Application.IDLE);
        assertThat(simulation.run(Duration.ofSeconds(5), () -> connection.isEstablished()
                && !simulation.server.connections.isEmpty() && simulation.serverConnection().isEstablished())).isTrue();
        return connection;
    }

    private static Simulation drained() {
        byte[] buffer = new byte[SMALL];
        return new Simulation(5, TIGHT, TIGHT, new StubHandshakes(false, 1), dev.sluice.rudp.protocol.Acceptor.Policy.DEFAULT,
                c -> (now, connection) -> {
                    for (long id = connection.nextReadable(); id != Connection.NO_STREAM; id = connection.nextReadable()) {
                        while (connection.read(now, id, buffer, 0, buffer.length) > 0) {
                            // whatever it is
                        }
                    }
                });
    }

    /** Writes as much as is taken, then what is read must be just that. */
    @Test
    void defect1WhatAWriteAcceptedIsNeverDropped() {
        Flow.Sink sink = new Flow.Sink();
        sink.appetite = 0;
        Simulation simulation = new Simulation(5, TIGHT, TIGHT, new StubHandshakes(false, 1),
                dev.sluice.rudp.protocol.Acceptor.Policy.DEFAULT, c -> sink);
        Flow.Source source = new Flow.Source(1, 2_000_000, 0);
        Connection connection = simulation.connect(source);
        simulation.run(Duration.ofSeconds(5), () -> false);
        assertThat(source.accepted).as("bounded by both buffers").isLessThanOrEqualTo(2L * SMALL);
        assertThat(connection.memory()).isLessThanOrEqualTo(2L * SMALL);
        sink.appetite = Integer.MAX_VALUE;
        simulation.server.drive(simulation.serverConnection());
        assertThat(simulation.run(Duration.ofSeconds(60), () -> source.finished() && connection.isFlushed())).isTrue();
        assertThat(sink.received).isEqualTo(2_000_008);
    }

    @Test
    void defect2AWriterThatDidNotFitIsToldWhenThereIsRoom() {
        Simulation simulation = drained();
        Connection connection = established(simulation);
        long stream = connection.open();
        byte[] much = new byte[10 * SMALL];
        int accepted = connection.write(stream, much, 0, much.length);
        assertThat(accepted).isEqualTo(SMALL);
        assertThat(connection.nextWritable()).isEqualTo(Connection.NO_STREAM);
        simulation.client.drive(connection);
        assertThat(simulation.run(Duration.ofSeconds(5), () -> connection.nextWritable() == stream)).isTrue();
        assertThat(connection.write(stream, much, 0, much.length)).isPositive();
    }

    @Test
    void defect3AnEndIsNeverLostHoweverFullTheBuffers() {
        Simulation simulation = drained();
        simulation.up.loss = 0.2;
        Connection connection = established(simulation);
        long stream = connection.open();
        connection.write(stream, new byte[SMALL], 0, SMALL);
        connection.finish(stream);
        assertThat(connection.write(stream, new byte[1], 0, 1)).isEqualTo(Connection.CLOSED);
        simulation.client.drive(connection);
        assertThat(simulation.run(Duration.ofSeconds(30), () -> connection.isFinished(stream))).isTrue();
    }

    @Test
    void defect4ASlowReaderStopsItsStreamAndNothingElse() {
        Simulation simulation = new Simulation(5, TIGHT, TIGHT, new StubHandshakes(false, 1),
                dev.sluice.rudp.protocol.Acceptor.Policy.DEFAULT, c -> Application.IDLE);
        Connection connection = established(simulation);
        long slow = connection.open();
        long quick = connection.open();
        byte[] data = new byte[SMALL];
        connection.write(slow, data, 0, data.length);
        simulation.client.drive(connection);
        simulation.run(Duration.ofSeconds(1), () -> false);
        connection.write(slow, data, 0, data.length);
        Connection server = simulation.serverConnection();
        long sum = 0;
        for (int i = 0; i < 400; i++) {
            connection.write(quick, data, 0, data.length);
            simulation.client.drive(connection);
            simulation.run(Duration.ofMillis(25), () -> false);
            for (int n = server.read(simulation.now(), quick, data, 0, data.length); n > 0;) {
                sum += n;
                n = server.read(simulation.now(), quick, data, 0, data.length);
            }
            simulation.server.drive(server);
        }
        assertThat(sum).isGreaterThan(50L * SMALL);
        assertThat(server.readable(slow)).isEqualTo(SMALL);
        assertThat(connection.stats().probeTimeouts()).as("acknowledgements go on").isZero();
        assertThat(connection.stats().packetsLost()).isZero();
    }

    // defect 5, a receiver without limits: BadInputTest

    @Test
    void defect5WhatNobodyReadsStaysWithinTheWindow() {
        Flow.Sink sink = new Flow.Sink();
        sink.appetite = 0;
        Simulation simulation = new Simulation(5, TIGHT, TIGHT, new StubHandshakes(false, 1),
                dev.sluice.rudp.protocol.Acceptor.Policy.DEFAULT, c -> sink);
        simulation.connect(new Flow.Source(10, 2_000_000, 0));
        simulation.run(Duration.ofSeconds(5), () -> false);
        assertThat(simulation.serverConnection().memory()).isPositive().isLessThanOrEqualTo(4L * SMALL);
    }

    @Test
    void defect7AQuietConnectionStays() {
        Simulation simulation = new Simulation(5, TIGHT);
        Connection connection = established(simulation);
        simulation.run(Duration.ofMinutes(10), () -> false);
        assertThat(connection.isEstablished()).isTrue();
        assertThat(simulation.serverConnection().isEstablished()).isTrue();
    }

    /** Whoever writes a false source address on his packet gets nobody flooded. */
    @Test
    void defect8AnAddressThatProvedNothingGetsThriceWhatItSent() {
        Simulation simulation = new Simulation(5, TIGHT);
        simulation.up.downFrom = simulation.now() + Link.MILLIS;
        simulation.up.downUntil = Long.MAX_VALUE;
        simulation.connect(Application.IDLE);
        simulation.run(Duration.ofSeconds(30), () -> false);
        assertThat(simulation.up.bytes - simulation.up.droppedBytes).isEqualTo(1200);
        assertThat(simulation.down.bytes).isPositive().isLessThanOrEqualTo(3 * 1200);
    }

    @Test
    void defect6ProbesBackOffToABoundAndNumbersHave64Bits() {
        Simulation simulation = new Simulation(5, new ConnectionConfig.Builder().congestion(SlowStartOnly::new)
                .idleTimeout(Duration.ofMinutes(10)).build());
        List<Long> probes = new ArrayList<>();
        Connection connection = simulation.connect(new Flow.Source(1, 1_000_000, 0), new ConnectionObserver() {
            @Override
            public void probeTimeout(long now, int count) {
                probes.add(now);
            }
        });
        simulation.run(Duration.ofMillis(100), () -> false);
        simulation.up.downFrom = simulation.now();
        simulation.up.downUntil = simulation.now() + Duration.ofSeconds(60).toNanos();
        simulation.run(Duration.ofSeconds(60), () -> false);
        assertThat(probes).hasSizeGreaterThan(100);
        for (int i = 5; i < probes.size(); i++) {
            assertThat(probes.get(i) - probes.get(i - 1)).isLessThanOrEqualTo(600_000_000L);
        }
        assertThat(connection.isEstablished()).isTrue();
    }

    // defect 7, no keep-alive: LifecycleTest.quietConnectionsAreKeptAliveForHours
    // defect 8, injection, hijacking and reflection: BadInputTest, and the check of every packet in Node

    @Test
    void defect9PacketsArePacedLargeAndManyStreamsShareThem() {
        Simulation simulation = new Simulation(5, TIGHT);
        simulation.up.mbit(20);
        simulation.up.queue = 30;
        Flow.Source source = new Flow.Source(10, 100_000, 0);
        Connection connection = simulation.connect(source);
        assertThat(simulation.run(Duration.ofSeconds(20), source::finished)).isTrue();
        assertThat(connection.stats().mtu()).isEqualTo(1452);
        assertThat(connection.stats().minRtt()).isGreaterThan(20_000_000L);
    }

    @Test
    void defect10ThreePacketsMakeALossNotThreeAcknowledgements() {
        Simulation simulation = new Simulation(5, TIGHT);
        simulation.up.reorder = 0.05;
        simulation.up.reorderDelay = 200_000; // overtaken by a packet or two
        simulation.up.mbit(50);
        Flow.Source source = new Flow.Source(1, 500_000, 0);
        Connection connection = simulation.connect(source);
        assertThat(simulation.run(Duration.ofSeconds(20), source::finished)).isTrue();
        assertThat(connection.stats().packetsLost()).isZero();
    }

    @Test
    void latePacketsRaiseThePatience() {
        Simulation simulation = new Simulation(5, new ConnectionConfig.Builder().congestion(SlowStartOnly::new).build());
        simulation.up.reorder = 0.05;
        simulation.up.reorderDelay = 8 * Link.MILLIS;
        simulation.up.mbit(50);
        Flow.Source source = new Flow.Source(1, 10_000_000, 0);
        Connection connection = simulation.connect(source);
        assertThat(simulation.run(Duration.ofSeconds(60), source::finished)).isTrue();
        assertThat(connection.stats().spuriousLosses()).isBetween(1L, 60L);
        assertThat(connection.stats().streamBytesRetransmitted()).isLessThan(10_000_000 / 50);
    }

    @Test
    void defect11DataFlowsOnTheOldPathWhileTheNewOneIsValidated() {
        Simulation simulation = new Simulation(5, TIGHT);
        Flow.Source source = new Flow.Source(1, 50_000_000, 0);
        Connection connection = simulation.connect(source);
        simulation.run(Duration.ofSeconds(1), () -> false);
        connection.migrate(simulation.now(), new NetworkPath(0, Simulation.address(200, 1)));
        simulation.client.drive(connection);
        for (int i = 0; i < 20; i++) {
            long before = simulation.serverConnection().stats().streamBytesReceived();
            simulation.run(Duration.ofMillis(100), () -> false);
            assertThat(simulation.serverConnection().stats().streamBytesReceived()).isGreaterThan(before);
        }
    }
}
