package dev.sluice.rudp.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.rudp.protocol.Acceptor;
import dev.sluice.rudp.protocol.Connection;
import dev.sluice.rudp.protocol.ConnectionConfig;
import dev.sluice.rudp.protocol.ConnectionEvent;
import dev.sluice.rudp.protocol.ConnectionObserver;
import dev.sluice.rudp.protocol.HandshakeProvider;
import dev.sluice.rudp.protocol.NetworkPath;
import dev.sluice.rudp.protocol.NoiseHandshakes;
import dev.sluice.rudp.protocol.PacketType;
import dev.sluice.rudp.protocol.congestion.CongestionAlgorithm;
import dev.sluice.rudp.protocol.crypto.Aead;
import dev.sluice.rudp.protocol.crypto.PublicKey;
import dev.sluice.rudp.protocol.crypto.StaticKey;
import dev.sluice.rudp.protocol.wire.ConnectionId;
import dev.sluice.rudp.protocol.wire.FrameType;
import dev.sluice.rudp.protocol.wire.ShortHeader;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * The scenarios of quic-interop-runner with its parameters: 15 ms each way, 10 Mbit/s, 25 packets of queue, 60 s, where not said otherwise.
 * Left out are {@code http3} and {@code v2}: there is one version, and no protocol above it.
 */
class InteropScenariosTest {
    private static final int KB = 1024;
    private static final int MB = 1024 * 1024;

    private static final ConnectionConfig CONFIG = config().build();

    private static ConnectionConfig.Builder config() {
        return new ConnectionConfig.Builder().congestion(SlowStartOnly::new);
    }

    private static Simulation simulation(ConnectionConfig config, Acceptor.Policy policy) {
        Simulation simulation = new Simulation(7, config, config, new StubHandshakes(false, 1), policy, c -> new Flow.Sink());
        lay(simulation);
        return simulation;
    }

    private static void lay(Simulation simulation) {
        for (Link link : List.of(simulation.up, simulation.down)) {
            link.delayMillis(15).mbit(10);
            link.queue = 25;
        }
    }

    private static Simulation simulation() {
        return simulation(CONFIG, Acceptor.Policy.DEFAULT);
    }

    private static Connection download(Simulation simulation, int seconds, int streams, long bytes) {
        Flow.Source source = new Flow.Source(streams, 0, bytes);
        Connection connection = simulation.connect(source);
        assertThat(simulation.run(Duration.ofSeconds(seconds), () -> source.finished() || connection.over()) && source.finished())
                .as(() -> simulation.now() + " " + source.received + " " + connection.closeCause() + " " + connection.stats()
                        + simulation.server.connections.stream().map(Connection::stats).toList())
                .isTrue();
        assertThat(source.received).isEqualTo(streams * bytes);
        return connection;
    }

    @Test
    void handshake() {
        download(simulation(), 60, 1, KB);
    }

    @Test
    void transfer() {
        Simulation simulation = simulation();
        Flow.Source source = Flow.Source.downloads(2 * MB, 3 * MB, 5 * MB);
        simulation.connect(source);
        assertThat(simulation.run(Duration.ofSeconds(60), source::finished)).isTrue();
        assertThat(simulation.now()).as("at least 0.8 of the link").isLessThan(1_000_000_000L + 10_500_000_000L);
    }

    @Test
    void longrtt() {
        Simulation simulation = simulation();
        simulation.up.delayMillis(750);
        simulation.down.delayMillis(750);
        download(simulation, 60, 1, 2 * MB);
    }

    @Test
    void multiplexing() {
        ConnectionConfig config = config().maxStreams(1000).build();
        Simulation simulation = simulation(config, Acceptor.Policy.DEFAULT);
        download(simulation, 60, 1999, 32);
        assertThat(simulation.server.connections).as("one handshake").hasSize(1);
    }

    @Test
    void chacha20() {
        StaticKey key = StaticKey.generate();
        Simulation simulation = new Simulation(7, CONFIG, CONFIG, new HandshakePair(
                NoiseHandshakes.known(Aead.CHACHA_POLY, StaticKey.generate(), key.publicKey(), null),
                NoiseHandshakes.server(key, null)), Acceptor.Policy.DEFAULT, c -> new Flow.Sink());
        lay(simulation);
        download(simulation, 60, 1, 3 * MB);
    }

    /** Who has been there knows the server's key: the second handshake needs no third message, and its data goes with the first flight. */
    @Test
    void resumption() {
        StaticKey key = StaticKey.generate();
        StaticKey own = StaticKey.generate();
        ConnectionConfig config = config().earlyData(true).build();
        HandshakeProvider server = NoiseHandshakes.server(key, null);
        Simulation first = new Simulation(7, config, config,
                new HandshakePair(NoiseHandshakes.unknown(Aead.AES_GCM, own, null, null), server), Acceptor.Policy.DEFAULT,
                c -> new Flow.Sink());
        lay(first);
        PublicKey learned = Objects.requireNonNull(download(first, 60, 1, 5 * KB).peerKey());
        Simulation second = new Simulation(8, config, config,
                new HandshakePair(NoiseHandshakes.known(Aead.AES_GCM, own, learned, null), server), Acceptor.Policy.DEFAULT,
                c -> new Flow.Sink());
        lay(second);
        Flow.Source source = new Flow.Source(1, 0, 10 * KB, true);
        second.connect(source);
        assertThat(second.run(Duration.ofSeconds(60), source::finished)).isTrue();
        assertThat(source.events).contains(new ConnectionEvent.Established(true));
        assertThat(source.firstByteAt - 1_000_000_000L).as("one round trip").isLessThan(50_000_000L);
    }

    @Test
    void retry() {
        Simulation simulation = simulation(CONFIG, Acceptor.Policy.DEFAULT.withHandshakesInProgress(0));
        download(simulation, 60, 1, 10 * KB);
        assertThat(simulation.server.answered).isEqualTo(1);
    }

    @Test
    void zerortt() {
        Simulation simulation = simulation(config().earlyData(true).build(), Acceptor.Policy.DEFAULT);
        Flow.Source source = new Flow.Source(16, 250, 32, true);
        Connection connection = simulation.connect(source);
        assertThat(simulation.run(Duration.ofSeconds(60), source::finished)).isTrue();
        assertThat(source.events).contains(new ConnectionEvent.Established(true));
        assertThat(source.firstByteAt - 1_000_000_000L).as("answers with the first flight of the server").isLessThan(50_000_000L);
        assertThat(connection.isEstablished()).isTrue();
    }

    /** All requests go in the first flight. */
    @Test
    void zerorttOfFortyStreams() {
        Simulation simulation = simulation(config().earlyData(true).build(), Acceptor.Policy.DEFAULT);
        Flow.Source source = new Flow.Source(40, 250, 32, true);
        Map<PacketType, Integer> bytes = new EnumMap<>(PacketType.class);
        simulation.connect(source, new ConnectionObserver() {
            @Override
            public void packetSent(long now, PacketType type, long number, int length, boolean ackEliciting) {
                bytes.merge(type, length, Integer::sum);
            }
        });
        assertThat(simulation.run(Duration.ofSeconds(60), source::finished)).isTrue();
        assertThat(source.firstByteAt - 1_000_000_000L).isLessThan(50_000_000L);
        assertThat(bytes.get(PacketType.EARLY)).as("half at least of the client's bytes behind the first packet: %s", bytes)
                .isGreaterThanOrEqualTo(bytes.get(PacketType.SHORT));
    }

    @Test
    void goodput() {
        Simulation simulation = simulation(ConnectionConfig.DEFAULT, Acceptor.Policy.DEFAULT);
        for (int i = 0; i < 5; i++) {
            long from = simulation.now();
            Connection connection = download(simulation, 60, 1, 10 * MB);
            assertThat(10.0 * MB * 8e9 / (simulation.now() - from)).as("bits per second").isGreaterThan(8.8e6);
            connection.close(simulation.now(), 0, "");
            simulation.client.drive(connection);
        }
    }

    @Test
    void crosstraffic() {
        Simulation simulation = simulation(ConnectionConfig.DEFAULT, Acceptor.Policy.DEFAULT);
        Flow.Source other = new Flow.Source(1, 25 * MB, 0);
        simulation.client.connect(Simulation.SERVER, other, ConnectionObserver.NONE,
                new ConnectionConfig.Builder().congestion(CongestionAlgorithm.CUBIC).build());
        Flow.Source source = new Flow.Source(1, 25 * MB, 0);
        simulation.connect(source);
        assertThat(simulation.run(Duration.ofMinutes(3), () -> source.finished() && other.finished())).isTrue();
    }

    /** What Netty cannot read stays out of the endpoint; here the state machine gets the marks of each datagram, and does the rest. */
    @Test
    void ecn() {
        List<SlowStartOnly> controls = new ArrayList<>();
        ConnectionConfig config = config().ecn(true).congestion(datagram -> {
            SlowStartOnly control = new SlowStartOnly(datagram);
            controls.add(control);
            return control;
        }).build();
        Simulation simulation = simulation(config, Acceptor.Policy.DEFAULT);
        simulation.congested = 0.1;
        download(simulation, 60, 1, 100 * KB);
        assertThat(controls.stream().mapToLong(c -> c.marked).sum()).isPositive();
        assertThat(simulation.markable).as("packets that may be marked").isGreaterThan(50);
    }

    /** An endpoint that cannot read marks asks for none: nobody marks what would not be heeded. */
    @Test
    void withoutEcnNoPacketMayBeMarked() {
        Simulation simulation = simulation();
        simulation.congested = 1;
        download(simulation, 60, 1, 100 * KB);
        assertThat(simulation.markable).isZero();
    }

    @Test
    void aPathThatTakesMarksAwayIsUsedWithout() {
        Simulation simulation = simulation(config().ecn(true).build(), Acceptor.Policy.DEFAULT);
        simulation.bleached = true;
        download(simulation, 60, 1, 100 * KB);
    }

    /** Addresses of 16 bytes, in the retry's cookie too, and of one NAT's two ports: the same path, with what was learned of it. */
    @Test
    void ipv6() {
        Simulation simulation = simulation(CONFIG, Acceptor.Policy.DEFAULT.withHandshakesInProgress(0));
        simulation.useIpv6();
        simulation.after(Duration.ofMillis(1500), simulation::rebindPort);
        Connection connection = download(simulation, 60, 1, 3 * MB);
        assertThat(simulation.server.answered).as("retry").isEqualTo(1);
        assertThat(connection.path().remote().getAddress()).isInstanceOf(Inet6Address.class);
        Connection server = simulation.serverConnection();
        assertThat(server.path().remote().getAddress()).isInstanceOf(Inet6Address.class);
        assertThat(server.stats().pathChanges()).isEqualTo(1);
    }

    /** As a client that updates its keys early on: the server follows, again and again, while data flows and some is lost. */
    @Test
    void keyupdate() {
        StaticKey key = StaticKey.generate();
        Simulation simulation = new Simulation(7, CONFIG, CONFIG, new HandshakePair(
                NoiseHandshakes.known(Aead.AES_GCM, StaticKey.generate(), key.publicKey(), null),
                NoiseHandshakes.server(key, null)), Acceptor.Policy.DEFAULT, c -> new Flow.Sink());
        lay(simulation);
        lossy(simulation, 0.02);
        Flow.Source source = new Flow.Source(1, 0, 3 * MB);
        Connection connection = simulation.connect(source);
        int updates = 0;
        for (int i = 0; i < 20 && !source.finished(); i++) {
            simulation.run(Duration.ofMillis(100), source::finished);
            updates += connection.updateKeys() ? 1 : 0;
        }
        assertThat(simulation.run(Duration.ofSeconds(60), source::finished)).isTrue();
        assertThat(updates).isGreaterThan(5);
        assertThat(connection.stats().keyUpdates()).isEqualTo(updates);
        assertThat(simulation.serverConnection().stats().keyUpdates()).isBetween(updates - 1L, (long) updates);
    }

    @Test
    void blackhole() {
        Simulation simulation = simulation();
        for (Link link : List.of(simulation.up, simulation.down)) {
            link.downFrom = simulation.now() + 5_000 * Link.MILLIS;
            link.downUntil = link.downFrom + 2_000 * Link.MILLIS;
        }
        download(simulation, 60, 1, 10 * MB);
    }

    @Test
    void bytesFlowWithinASecondOfABlackoutOfThree() {
        Simulation simulation = simulation();
        Flow.Source source = new Flow.Source(1, 10 * MB, 0);
        Connection connection = simulation.connect(source);
        simulation.run(Duration.ofSeconds(2), () -> false);
        for (Link link : List.of(simulation.up, simulation.down)) {
            link.downFrom = simulation.now();
            link.downUntil = link.downFrom + 3_000 * Link.MILLIS;
        }
        simulation.run(Duration.ofSeconds(3), () -> false);
        long before = simulation.serverConnection().stats().streamBytesReceived();
        assertThat(simulation.run(Duration.ofSeconds(1),
                () -> simulation.serverConnection().stats().streamBytesReceived() > before))
                .as(() -> connection.stats().toString())
                .isTrue();
    }

    @Test
    void amplificationlimit() {
        Simulation simulation = simulation(config().earlyData(true).build(), Acceptor.Policy.DEFAULT);
        simulation.up.dropList = Set.of(2, 3, 4, 5, 6, 7);
        download(simulation, 60, 1, 5 * KB);
    }

    @Test
    void handshakeloss() {
        Simulation simulation = simulation(config().handshakeTimeout(Duration.ofMinutes(5)).build(), Acceptor.Policy.DEFAULT);
        lossy(simulation, 0.3);
        for (int i = 0; i < 50; i++) {
            download(simulation, 300, 1, KB).close(simulation.now(), 0, "");
        }
    }

    @Test
    void transferloss() {
        Simulation simulation = simulation();
        lossy(simulation, 0.02);
        download(simulation, 60, 1, 2 * MB);
    }

    private static void lossy(Simulation simulation, double rate) {
        for (Link link : List.of(simulation.up, simulation.down)) {
            link.loss = rate / 2;
            link.burst = 3;
        }
    }

    @Test
    void handshakecorruption() {
        Simulation simulation = simulation(config().handshakeTimeout(Duration.ofMinutes(5)).build(), Acceptor.Policy.DEFAULT);
        simulation.up.corrupt = 0.3;
        simulation.down.corrupt = 0.3;
        for (int i = 0; i < 50; i++) {
            download(simulation, 300, 1, KB).close(simulation.now(), 0, "");
        }
    }

    @Test
    void transfercorruption() {
        Simulation simulation = simulation();
        simulation.up.corrupt = 0.02;
        simulation.down.corrupt = 0.02;
        download(simulation, 60, 1, 2 * MB);
    }

    /** What a server sends first to a new address is a challenge, and the client answers every one. */
    private static final class Challenges implements Simulation.Tap {
        private final Simulation simulation;
        private final Set<InetSocketAddress> addresses = new HashSet<>();
        private final Set<Long> asked = new HashSet<>();
        private final Set<Long> answered = new HashSet<>();

        Challenges(Simulation simulation) {
            this.simulation = simulation;
            simulation.tap = this;
        }

        @Override
        public void sent(Node from, NetworkPath path, byte[] datagram) {
            if (!ShortHeader.isShort(datagram[0])) {
                addresses.add(path.remote()); // of the handshake
                return;
            }
            ByteBuffer payload = ByteBuffer.wrap(datagram, ShortHeader.FIXED_LENGTH + 1 + (datagram[0] & 3), 18).slice();
            boolean responds = payload.get(0) == FrameType.PATH_RESPONSE;
            boolean asks = payload.get(responds ? 9 : 0) == FrameType.PATH_CHALLENGE;
            if (responds && from == simulation.client) {
                answered.add(payload.getLong(1));
            }
            if (asks && from == simulation.server) {
                asked.add(payload.getLong(responds ? 10 : 1));
            }
            if (from == simulation.server && addresses.add(path.remote())) {
                assertThat(asks).as("the first packet to %s is a challenge", path.remote()).isTrue();
            }
        }

        void check() {
            simulation.run(Duration.ofSeconds(1), () -> false);
            assertThat(asked).hasSizeGreaterThanOrEqualTo(2);
            assertThat(answered).containsAll(asked);
        }
    }

    @Test
    void rebindPort() {
        Simulation simulation = simulation();
        Challenges challenges = new Challenges(simulation);
        for (int at = 1; at < 60; at += 5) {
            simulation.after(Duration.ofSeconds(at), simulation::rebindPort);
        }
        download(simulation, 60, 1, 10 * MB);
        assertThat(simulation.serverConnection().stats().pathChanges()).isGreaterThanOrEqualTo(2);
        challenges.check();
    }

    @Test
    void rebindAddress() {
        Simulation simulation = simulation();
        Challenges challenges = new Challenges(simulation);
        for (int at = 1; at < 60; at += 5) {
            simulation.after(Duration.ofSeconds(at), simulation::rebindAddress);
        }
        download(simulation, 60, 1, 10 * MB);
        assertThat(simulation.serverConnection().stats().pathChanges()).isGreaterThanOrEqualTo(2);
        challenges.check();
    }

    @Test
    void aRebindingCostsADownloadLessThanThreeTenthsOfASecond() {
        Simulation simulation = simulation();
        Flow.Source source = new Flow.Source(1, 0, 20 * MB);
        simulation.connect(source);
        simulation.run(Duration.ofSeconds(3), () -> false);
        simulation.rebindPort();
        simulation.run(Duration.ofMillis(40), () -> false); // what was under way arrives still
        long before = source.received;
        long from = simulation.now();
        assertThat(simulation.run(Duration.ofSeconds(2), () -> source.received > before + 10 * KB)).isTrue();
        assertThat(simulation.now() - from).isLessThan(300_000_000L);
    }

    @Test
    void connectionmigration() {
        Simulation simulation = simulation();
        Map<NetworkPath, Set<ConnectionId>> ids = new HashMap<>();
        simulation.tap = (from, path, datagram) -> {
            if (ShortHeader.isShort(datagram[0])) {
                ids.computeIfAbsent(path, p -> new HashSet<>()).add(ConnectionId.read(datagram, 1));
            }
        };
        Flow.Source source = new Flow.Source(1, 0, 2 * MB);
        Connection connection = simulation.connect(source);
        simulation.run(Duration.ofMillis(500), () -> false);
        NetworkPath target = new NetworkPath(simulation.newClientSocket(), Simulation.SERVER);
        connection.migrate(simulation.now(), target);
        simulation.client.drive(connection);
        long before = source.received;
        assertThat(simulation.run(Duration.ofSeconds(60), () -> source.received > before && connection.path().equals(target)))
                .isTrue();
        assertThat(simulation.run(Duration.ofSeconds(60), source::finished)).isTrue();
        assertThat(source.events).contains(new ConnectionEvent.Migrated(target));
        assertThat(simulation.serverConnection().stats().pathChanges()).isEqualTo(1);
        assertThat(ids).as("two paths, of two directions each").hasSize(4);
        assertThat(ids.values().stream().mapToLong(Set::size).sum()).as("no ID is seen on two paths: %s", ids)
                .isEqualTo(ids.values().stream().flatMap(Set::stream).distinct().count());
    }

    @Test
    void migrationToNobodyFailsAndTheOldPathStays() {
        Simulation simulation = simulation();
        Flow.Source source = new Flow.Source(1, 0, 6 * MB);
        Connection connection = simulation.connect(source);
        simulation.run(Duration.ofMillis(500), () -> false);
        NetworkPath nobody = new NetworkPath(0, Simulation.address(200, 1));
        connection.migrate(simulation.now(), nobody);
        simulation.client.drive(connection);
        assertThat(simulation.run(Duration.ofSeconds(60), source::finished)).isTrue();
        assertThat(source.events).contains(new ConnectionEvent.MigrationFailed(nobody));
        assertThat(connection.path().remote()).isEqualTo(Simulation.SERVER);
    }

    @Test
    void theLargestDatagramIsFoundAndABlackHoleRepairsItself() {
        Simulation simulation = simulation();
        simulation.up.mtu = 1400;
        Flow.Source source = new Flow.Source(1, 20 * MB, 0);
        Connection connection = simulation.connect(source);
        simulation.run(Duration.ofSeconds(4), () -> false);
        assertThat(connection.stats().mtu()).isBetween(1360, 1400);
        simulation.up.mtu = 1220;
        simulation.run(Duration.ofSeconds(4), () -> false);
        assertThat(connection.stats().mtu()).isLessThanOrEqualTo(1220);
        assertThat(simulation.run(Duration.ofSeconds(60), source::finished)).isTrue();
    }

    @Test
    void lostProbesOfTheMtuAreNoCongestion() {
        Simulation simulation = simulation();
        simulation.up.mtu = 1200;
        simulation.up.rate = 0;
        Flow.Source source = new Flow.Source(1, MB, 0);
        Connection connection = simulation.connect(source);
        assertThat(simulation.run(Duration.ofSeconds(60), source::finished)).isTrue();
        assertThat(connection.stats().packetsLost()).isZero();
        assertThat(connection.stats().mtu()).isEqualTo(1200);
    }

    @Test
    void repairPacketsMakeUpForLossAndCleanPathsHaveNone() {
        ConnectionConfig config = config().fec(true).build();
        Simulation clean = simulation(config, Acceptor.Policy.DEFAULT);
        clean.down.queue = 1000;
        Connection without = download(clean, 60, 1, 2 * MB);
        assertThat(without.stats().fecRepaired()).isZero();
        Simulation lossy = simulation(config, Acceptor.Policy.DEFAULT);
        lossy.down.loss = 0.05;
        Connection with = download(lossy, 120, 1, 2 * MB);
        assertThat(with.stats().fecRepaired()).isPositive();
    }

    @Test
    void bbrFillsTheLink() {
        Simulation simulation = simulation(ConnectionConfig.DEFAULT, Acceptor.Policy.DEFAULT);
        download(simulation, 60, 1, 10 * MB);
        assertThat(simulation.now() - 1_000_000_000L).as("at least 0.88 of 10 Mbit/s")
                .isLessThan((long) (10.0 * MB * 8 / 10e6 / 0.88 * 1e9));
        assertThat(simulation.serverConnection().stats().streamBytesRetransmitted()).as("below 3 %").isLessThan(10 * MB / 33);
    }

    @Test
    void bbrDoesNotCareForRandomLoss() {
        Simulation simulation = simulation(ConnectionConfig.DEFAULT, Acceptor.Policy.DEFAULT);
        simulation.down.delayMillis(25).mbit(100);
        simulation.up.delayMillis(25).mbit(100);
        simulation.down.queue = 400;
        simulation.down.loss = 0.05;
        simulation.up.loss = 0.05;
        download(simulation, 60, 1, 40 * MB);
        assertThat(simulation.now() - 1_000_000_000L).as("at least 65 Mbit/s")
                .isLessThan((long) (40.0 * MB * 8 / 65e6 * 1e9));
    }

    @Test
    void reorderingIsNoLoss() {
        Simulation simulation = simulation(ConnectionConfig.DEFAULT, Acceptor.Policy.DEFAULT);
        for (Link link : List.of(simulation.up, simulation.down)) {
            link.delayMillis(10).mbit(100);
            link.queue = 400;
            link.reorder = 0.05;
            link.reorderDelay = 10 * Link.MILLIS;
        }
        download(simulation, 60, 1, 40 * MB);
        assertThat(simulation.now() - 1_000_000_000L).as("at least 80 Mbit/s")
                .isLessThan((long) (40.0 * MB * 8 / 80e6 * 1e9));
    }
}
