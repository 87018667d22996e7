package dev.sluice.rudp.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.rudp.protocol.Acceptor;
import dev.sluice.rudp.protocol.CloseCause;
import dev.sluice.rudp.protocol.Connection;
import dev.sluice.rudp.protocol.ConnectionConfig;
import dev.sluice.rudp.protocol.ConnectionEvent;
import dev.sluice.rudp.protocol.ConnectionObserver;
import dev.sluice.rudp.protocol.NetworkPath;
import dev.sluice.rudp.protocol.NoiseHandshakes;
import dev.sluice.rudp.protocol.PacketType;
import dev.sluice.rudp.protocol.crypto.Aead;
import dev.sluice.rudp.protocol.crypto.StaticKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What transports of this kind are tested for by their authors, by the names that they use, and where it is tested here:
 * <ul>
 * <li>{@code basic_zero_rtt_connection}: {@code InteropScenariosTest.zerortt}; {@code zero_rtt_data_integrity}:
 * {@code NoiseConnectionTest.earlyDataIsTaken}; {@code zero_rtt_performance_stress}:
 * {@code InteropScenariosTest.zerorttOfFortyStreams}; {@code zero_rtt_packet_coalescing}, {@code concurrent_zero_rtt},
 * {@code mixed_zero_rtt_and_regular}, {@code early_arrival_frame_caching} with its time-out and memory: here
 * <li>{@code high_frequency_packet_reordering}: {@code InteropScenariosTest.reorderingIsNoLoss}; {@code extreme_reordering_data_integrity}:
 * here, and {@code RandomNetworkTest}
 * <li>{@code large_packet_fragmentation}: {@code InteropScenariosTest.theLargestDatagramIsFoundAndABlackHoleRepairsItself};
 * {@code coalescing_boundary_conditions}: here; {@code coalescing_error_recovery}: {@code InteropScenariosTest.handshakecorruption}
 * <li>{@code concurrent_connections_cid_isolation}, {@code high_concurrency_1rtt_connections}, {@code high_concurrency_large_transfer}: here
 * <li>{@code full_connection_lifecycle}: {@code LifecycleTest}; {@code cid_handshake_and_data_transfer}: {@code TransferTest}
 * <li>{@code endpoint_fast_retransmission}, {@code endpoint_rto_retransmission}, {@code rto_recovery_on_single_packet_loss},
 * {@code retransmission_after_fin_is_ignored}: here
 * <li>{@code connection_migration}: {@code InteropScenariosTest.connectionmigration}; {@code client_rebind_scenario}:
 * {@code InteropScenariosTest.rebindPort} and {@code RudpIT.rebindsUnderLoad}; {@code rebind_with_existing_connections}: here
 * <li>{@code data_is_fully_read_before_shutdown_eof}: {@code RudpIT.whatWasWrittenIsReadAfterThePeerHasClosedTheConnection}, and every
 * transfer of {@link Flow}
 * <li>{@code simultaneous_close}, {@code shutdown_when_connecting}, {@code shutdown_established}: {@code LifecycleTest};
 * {@code shutdown_syn_received}, {@code shutdown_validating_path}, {@code shutdown_from_fin_wait},
 * {@code address_reuse_after_cid_drained}: here
 * <li>{@code read_simple}, {@code read_pre_buffered}, {@code read_multiple_chunks}, {@code read_multiple_sends},
 * {@code read_into_small_buffers}, {@code read_eof}: {@code RudpStreamIT}
 * </ul>
 */
class OriginScenariosTest {
    private static final ConnectionConfig CONFIG = new ConnectionConfig.Builder().congestion(SlowStartOnly::new).build();
    private static final ConnectionConfig EARLY = new ConnectionConfig.Builder().congestion(SlowStartOnly::new).earlyData(true)
            .build();
    private static final Duration LONG = Duration.ofSeconds(60);

    private static void everythingIsFreed(Simulation simulation) {
        assertThat(simulation.run(Duration.ofMinutes(3),
                () -> simulation.client.connections.isEmpty() && simulation.server.connections.isEmpty())).isTrue();
        assertThat(simulation.client.routes() + simulation.server.routes()).isZero();
    }

    /** With real first messages: a server takes early data once with each. */
    private static Simulation clientEarly() {
        StaticKey key = StaticKey.generate();
        return new Simulation(5, EARLY, EARLY, new HandshakePair(
                NoiseHandshakes.known(Aead.AES_GCM, StaticKey.generate(), key.publicKey(), null),
                NoiseHandshakes.server(key, null)), Acceptor.Policy.DEFAULT, c -> new Flow.Sink());
    }

    private static Simulation withoutServerProgram() {
        return new Simulation(5, CONFIG, CONFIG, new StubHandshakes(false, 1), Acceptor.Policy.DEFAULT, c -> Application.IDLE);
    }

    @Test
    void zeroRttPacketCoalescing() {
        Simulation simulation = clientEarly();
        List<byte[]> sent = new ArrayList<>();
        simulation.tap = (from, path, datagram) -> {
            if (from == simulation.client) {
                sent.add(datagram);
            }
        };
        List<PacketType> types = new ArrayList<>();
        simulation.connect(new Flow.Source(1, 100, 100, true), new ConnectionObserver() {
            @Override
            public void packetSent(long now, PacketType type, long number, int bytes, boolean ackEliciting) {
                types.add(type);
            }
        });
        assertThat(types).containsExactly(PacketType.INITIAL, PacketType.EARLY);
        assertThat(sent).as("both in one datagram").hasSize(1);
    }

    @Test
    void concurrentZeroRtt() {
        Simulation simulation = clientEarly();
        List<Flow.Source> sources = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            Flow.Source source = new Flow.Source(2, 3_000, 3_000, true);
            sources.add(source);
            simulation.connect(source);
        }
        assertThat(simulation.run(LONG, () -> sources.stream().allMatch(Flow.Source::finished))).isTrue();
        assertThat(sources).allMatch(source -> source.events.contains(new ConnectionEvent.Established(true)));
    }

    @Test
    void mixedZeroRttAndRegular() {
        Simulation simulation = clientEarly();
        List<Flow.Source> sources = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            boolean early = i % 2 == 0;
            Flow.Source source = new Flow.Source(2, 3_000, 3_000, early);
            sources.add(source);
            simulation.client.connect(Simulation.SERVER, source, ConnectionObserver.NONE, early ? EARLY : CONFIG);
        }
        assertThat(simulation.run(LONG, () -> sources.stream().allMatch(Flow.Source::finished))).isTrue();
        for (int i = 0; i < 20; i++) {
            assertThat(sources.get(i).events).contains(new ConnectionEvent.Established(i % 2 == 0));
        }
    }

    /** What comes before the first packet is not kept, whoever sends it, and comes again when it is missed. */
    @Test
    void earlyArrivalsAreNotCached() {
        Simulation simulation = clientEarly();
        simulation.up.dropList = Set.of(1);
        Flow.Source source = new Flow.Source(1, 20_000, 1_000, true);
        simulation.connect(source);
        simulation.run(Duration.ofMillis(100), () -> false);
        assertThat(simulation.server.dropped).as("early packets came").isPositive();
        assertThat(simulation.server.connections).isEmpty();
        assertThat(simulation.server.routes()).isZero();
        assertThat(simulation.run(LONG, source::finished)).isTrue();
    }

    @Test
    void extremeReorderingDataIntegrity() {
        Simulation simulation = new Simulation(5, CONFIG);
        for (Link link : List.of(simulation.up, simulation.down)) {
            link.jitter = 200 * Link.MILLIS;
            link.duplicate = 0.1;
        }
        Flow.Source source = new Flow.Source(5, 200_000, 200_000);
        simulation.connect(source);
        assertThat(simulation.run(LONG, source::finished)).isTrue();
        assertThat(source.ends).isEqualTo(5);
    }

    /** A stream, and several in one packet, of every size about that of a packet. */
    @Test
    void coalescingBoundaryConditions() {
        Simulation simulation = new Simulation(5, CONFIG);
        for (int size = 1120; size < 1200; size++) {
            for (int streams : new int[]{1, 3}) {
                Flow.Source source = new Flow.Source(streams, size, size);
                Connection connection = simulation.connect(source);
                assertThat(simulation.run(LONG, source::finished)).as("%d streams of %d bytes", streams, size).isTrue();
                connection.close(simulation.now(), 0, "");
                simulation.client.drive(connection);
            }
        }
        everythingIsFreed(simulation);
    }

    @Test
    void concurrentConnectionsAreIsolatedByTheirIds() {
        Simulation simulation = new Simulation(5, CONFIG);
        List<Flow.Source> sources = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Flow.Source source = new Flow.Source(1 + i % 3, 20_000 + i, 30_000 - i);
            sources.add(source);
            simulation.connect(source);
        }
        assertThat(simulation.run(LONG, () -> sources.stream().allMatch(Flow.Source::finished))).isTrue();
        for (int i = 0; i < 100; i++) {
            assertThat(sources.get(i).received).isEqualTo((1 + i % 3) * (30_000L - i));
        }
        simulation.client.connections.getFirst().close(simulation.now(), 0, "");
        simulation.client.drive(simulation.client.connections.getFirst());
        simulation.run(Duration.ofSeconds(1), () -> false);
        assertThat(simulation.server.connections.stream().filter(Connection::isEstablished)).as("one was closed").hasSize(99);
    }

    /** Three packets behind a lost one show that it is: nobody waits for a timer. */
    @Test
    void endpointFastRetransmission() {
        Simulation simulation = new Simulation(5, CONFIG);
        simulation.up.mbit(20);
        Flow.Source source = new Flow.Source(1, 600_000, 0);
        Connection connection = simulation.connect(source);
        simulation.run(Duration.ofMillis(100), () -> false);
        simulation.up.dropList = Set.of((int) simulation.up.packets + 1);
        assertThat(simulation.run(LONG, source::finished)).isTrue();
        assertThat(connection.stats().packetsLost()).isEqualTo(1);
        assertThat(connection.stats().streamBytesRetransmitted()).isBetween(1L, 1452L);
        assertThat(connection.stats().probeTimeouts()).isZero();
    }

    /** Behind the last packet nothing comes that would show its loss. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void endpointRtoRetransmission(int lost) {
        Simulation simulation = withoutServerProgram();
        Connection connection = simulation.connect(Application.IDLE);
        simulation.run(Duration.ofSeconds(1), () -> false);
        long stream = connection.open();
        connection.write(stream, new byte[500], 0, 500);
        connection.finish(stream);
        Set<Integer> drops = new HashSet<>();
        for (int i = 1; i <= lost; i++) {
            drops.add((int) simulation.up.packets + i);
        }
        simulation.up.dropList = drops;
        long from = simulation.now();
        simulation.client.drive(connection);
        assertThat(simulation.run(LONG, () -> simulation.serverConnection().readable(stream) == 500)).isTrue();
        assertThat(connection.stats().probeTimeouts()).isPositive();
        assertThat(simulation.now() - from).as("probes are half a second apart at most").isLessThan(lost * 500_000_000L);
    }

    @Test
    void retransmissionAfterFinIsIgnored() {
        Rogue rogue = new Rogue();
        for (int i = 0; i < 3; i++) {
            rogue.send(out -> BadInputTest.stream(out, 0, 0, 10, true));
        }
        byte[] bytes = new byte[20];
        assertThat(rogue.server.read(0, 0, bytes, 0, 20)).isEqualTo(10);
        rogue.send(out -> BadInputTest.stream(out, 0, 0, 10, true));
        assertThat(rogue.server.read(0, 0, bytes, 0, 20)).isEqualTo(Connection.END);
        rogue.send(out -> BadInputTest.stream(out, 0, 0, 10, true));
        assertThat(rogue.server.over()).isFalse();
    }

    @Test
    void rebindWithExistingConnections() {
        Simulation simulation = new Simulation(5, CONFIG);
        simulation.up.mbit(20);
        List<Flow.Source> sources = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            Flow.Source source = new Flow.Source(1, 300_000, 300_000);
            sources.add(source);
            simulation.connect(source);
        }
        simulation.after(Duration.ofMillis(300), simulation::rebindPort);
        simulation.after(Duration.ofMillis(700), simulation::rebindAddress);
        assertThat(simulation.run(LONG, () -> sources.stream().allMatch(Flow.Source::finished))).isTrue();
        assertThat(simulation.server.connections).hasSize(10).allMatch(Connection::isEstablished);
    }

    /** The server has answered; the client, which has the keys, has not said so yet. */
    @Test
    void shutdownSynReceived() {
        Simulation simulation = new Simulation(5, CONFIG);
        Connection connection = simulation.connect(Application.IDLE);
        assertThat(simulation.run(LONG, () -> !simulation.server.connections.isEmpty())).isTrue();
        Connection server = simulation.serverConnection();
        assertThat(server.isEstablished()).isFalse();
        server.close(simulation.now(), 9, "not now");
        simulation.server.drive(server);
        assertThat(simulation.run(Duration.ofSeconds(5), connection::over)).isTrue();
        assertThat(connection.closeCause()).isEqualTo(new CloseCause(CloseCause.Kind.PEER, 9, "not now"));
        everythingIsFreed(simulation);
    }

    @Test
    void shutdownValidatingPath() {
        Simulation simulation = new Simulation(5, CONFIG);
        Connection connection = simulation.connect(new Flow.Source(1, 10_000_000, 0));
        simulation.run(Duration.ofSeconds(1), () -> false);
        connection.migrate(simulation.now(), new NetworkPath(0, Simulation.address(200, 1)));
        simulation.client.drive(connection);
        simulation.run(Duration.ofMillis(100), () -> false);
        Connection server = simulation.serverConnection();
        connection.close(simulation.now(), 3, "");
        simulation.client.drive(connection);
        assertThat(simulation.run(Duration.ofSeconds(1), server::over)).isTrue();
        assertThat(Objects.requireNonNull(server.closeCause()).code()).isEqualTo(3);
        everythingIsFreed(simulation);
    }

    /** Our streams have ended, the peer's have not. */
    @Test
    void shutdownFromFinWait() {
        Simulation simulation = withoutServerProgram();
        Connection connection = simulation.connect(Application.IDLE);
        simulation.run(Duration.ofSeconds(1), () -> false);
        long stream = connection.open();
        connection.write(stream, new byte[500], 0, 500);
        connection.finish(stream);
        simulation.client.drive(connection);
        assertThat(simulation.run(Duration.ofSeconds(1), connection::isFlushed)).isTrue();
        Connection server = simulation.serverConnection();
        assertThat(server.accept()).isEqualTo(stream);
        assertThat(server.write(stream, new byte[100], 0, 100)).as("the other direction is open").isEqualTo(100);
        connection.close(simulation.now(), 0, "");
        simulation.client.drive(connection);
        assertThat(simulation.run(Duration.ofSeconds(1), server::over)).isTrue();
        byte[] bytes = new byte[1000];
        assertThat(server.read(simulation.now(), stream, bytes, 0, 1000)).as("what had arrived").isEqualTo(500);
        everythingIsFreed(simulation);
    }

    @Test
    void addressReuseAfterCidDrained() {
        Simulation simulation = new Simulation(5, CONFIG);
        for (int i = 0; i < 5; i++) {
            Flow.Source source = new Flow.Source(1, 5_000, 5_000);
            Connection connection = simulation.connect(source);
            assertThat(simulation.run(LONG, source::finished)).isTrue();
            connection.close(simulation.now(), 0, "");
            simulation.client.drive(connection);
            everythingIsFreed(simulation);
        }
    }
}
