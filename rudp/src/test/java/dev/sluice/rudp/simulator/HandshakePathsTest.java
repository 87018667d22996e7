package dev.sluice.rudp.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.rudp.protocol.Acceptor;
import dev.sluice.rudp.protocol.Connection;
import dev.sluice.rudp.protocol.ConnectionConfig;
import dev.sluice.rudp.protocol.HandshakeProvider;
import dev.sluice.rudp.protocol.NetworkPath;
import dev.sluice.rudp.protocol.NoiseHandshakes;
import dev.sluice.rudp.protocol.crypto.Aead;
import dev.sluice.rudp.protocol.crypto.SharedSecret;
import dev.sluice.rudp.protocol.crypto.StaticKey;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who copies packets of a handshake from elsewhere neither keeps its client out nor has anybody flooded; a NAT may forget in the middle of it. */
class HandshakePathsTest {
    private static final StaticKey SERVER = StaticKey.generate();
    private static final SharedSecret SECRET = SharedSecret.of("secret".getBytes(StandardCharsets.UTF_8));
    private static final InetSocketAddress SPOOFED = Simulation.address(77, 7777);

    /** The forms of the handshake. */
    enum Form {
        KNOWN, KNOWN_WITH_SECRET, UNKNOWN, UNKNOWN_WITH_SECRET;

        Simulation simulation(Acceptor.Policy policy) {
            boolean known = this == KNOWN || this == KNOWN_WITH_SECRET;
            SharedSecret secret = this == KNOWN_WITH_SECRET || this == UNKNOWN_WITH_SECRET ? SECRET : null;
            HandshakeProvider client = known
                    ? NoiseHandshakes.known(Aead.AES_GCM, StaticKey.generate(), SERVER.publicKey(), secret)
                    : NoiseHandshakes.unknown(Aead.AES_GCM, StaticKey.generate(), null, secret);
            ConnectionConfig config = new ConnectionConfig.Builder().congestion(SlowStartOnly::new).build();
            return new Simulation(9, config, config, new HandshakePair(client, NoiseHandshakes.server(SERVER, secret)), policy,
                    c -> new Flow.Sink());
        }
    }

    /** Bytes that the server got from, and sent to, each address. */
    private static final class Copies implements Simulation.Tap {
        private final Simulation simulation;
        private final long delay;
        private final Map<InetSocketAddress, long[]> counts = new HashMap<>();
        private int left;
        private int sources = 1;

        /** Copies so many of the client's packets, so late. */
        Copies(Simulation simulation, int packets, Duration delay) {
            this.simulation = simulation;
            this.delay = delay.toNanos();
            left = packets;
            simulation.tap = this;
        }

        /** Each from so many addresses. */
        Copies from(int addresses) {
            sources = addresses;
            return this;
        }

        @Override
        public void sent(Node from, NetworkPath path, byte[] datagram) {
            if (from == simulation.server) {
                long[] count = counts.get(path.remote());
                if (count != null) {
                    count[1] += datagram.length;
                }
            } else if (left-- > 0) {
                for (int i = 0; i < sources; i++) {
                    copy(sources == 1 ? SPOOFED : Simulation.address(100 + i, 7777), datagram.clone());
                }
            }
        }

        private void copy(InetSocketAddress source, byte[] datagram) {
            simulation.at(simulation.now() + delay, () -> {
                counts.computeIfAbsent(source, s -> new long[2])[0] += datagram.length;
                simulation.server.receive(0, source, datagram, 0);
            });
        }

        void check() {
            assertThat(counts).isNotEmpty();
            counts.forEach((source, count) -> assertThat(count[1]).as("%s sent %d bytes", source, count[0])
                    .isLessThanOrEqualTo(3 * count[0]));
        }
    }

    private static void transfers(Simulation simulation, Duration limit) {
        Flow.Source source = new Flow.Source(2, 200_000, 200_000);
        Connection connection = simulation.connect(source);
        assertThat(simulation.run(limit, () -> source.finished() || connection.over()) && source.finished())
                .as(() -> connection.closeCause() + " " + connection.stats()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void aCopiedFirstPacketAndALostAnswerDoNotKeepTheClientOut(Form form) {
        Simulation simulation = form.simulation(Acceptor.Policy.DEFAULT);
        Copies copies = new Copies(simulation, 1, Duration.ofMillis(15));
        simulation.down.dropList = Set.of(1);
        transfers(simulation, Duration.ofSeconds(2));
        copies.check();
    }

    /** The listener is quicker than the client, whatever it sends at first. */
    @ParameterizedTest
    @EnumSource
    void copiesThatOvertakeTheClientDoNotKeepItOut(Form form) {
        for (int packets = 1; packets <= 4; packets++) {
            Simulation simulation = form.simulation(Acceptor.Policy.DEFAULT);
            Copies copies = new Copies(simulation, packets, Duration.ofMillis(1));
            transfers(simulation, Duration.ofSeconds(2));
            copies.check();
        }
    }

    @ParameterizedTest
    @EnumSource
    void copiesFromManyAddressesDoNotKeepTheClientOut(Form form) {
        Simulation simulation = form.simulation(Acceptor.Policy.DEFAULT);
        Copies copies = new Copies(simulation, 20, Duration.ofMillis(11)).from(20);
        simulation.down.dropList = Set.of(1, 2, 3, 10);
        transfers(simulation, Duration.ofSeconds(4));
        copies.check();
    }

    @Test
    void copiesBehindARetryDoNotKeepTheClientOut() {
        Simulation simulation = Form.KNOWN.simulation(Acceptor.Policy.DEFAULT.withHandshakesInProgress(0));
        Copies copies = new Copies(simulation, 20, Duration.ofMillis(11));
        simulation.down.dropList = Set.of(2);
        transfers(simulation, Duration.ofSeconds(3));
        copies.check();
    }

    /** At whatever moment of it. */
    @ParameterizedTest
    @EnumSource
    void aNatThatForgetsDuringTheHandshakeDelaysItByARepetition(Form form) {
        for (int at = 1; at < 60; at += 2) {
            for (boolean address : new boolean[]{false, true}) {
                Simulation simulation = form.simulation(Acceptor.Policy.DEFAULT);
                simulation.after(Duration.ofMillis(at), address ? simulation::rebindAddress : simulation::rebindPort);
                Flow.Source source = new Flow.Source(1, 20_000, 20_000);
                Connection connection = simulation.connect(source);
                assertThat(simulation.run(Duration.ofSeconds(2), source::finished))
                        .as("after %d ms, another address %s: %s %s", at, address, connection.closeCause(), connection.stats())
                        .isTrue();
                assertThat(simulation.server.connections).hasSize(1);
            }
        }
    }

    /** A message that nobody has sealed does not make an address one of the connection's. */
    @Test
    void aForgedMessageFromElsewhereGetsNothing() {
        Simulation simulation = Form.UNKNOWN.simulation(Acceptor.Policy.DEFAULT);
        long[] toSpoofed = new long[1];
        simulation.tap = (from, path, datagram) -> {
            if (from == simulation.client && datagram[0] < 0 && (datagram[0] & 0x30) == 0x20) {
                byte[] forged = datagram.clone();
                forged[60] ^= 1;
                simulation.server.receive(0, SPOOFED, forged, 0);
            }
            toSpoofed[0] += path.remote().equals(SPOOFED) ? datagram.length : 0;
        };
        transfers(simulation, Duration.ofSeconds(2));
        assertThat(toSpoofed[0]).isZero();
        assertThat(simulation.serverConnection().stats().pathChanges()).isZero();
    }
}
