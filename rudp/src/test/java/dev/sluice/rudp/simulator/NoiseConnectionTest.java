package dev.sluice.rudp.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.rudp.protocol.Acceptor;
import dev.sluice.rudp.protocol.CloseCause;
import dev.sluice.rudp.protocol.Connection;
import dev.sluice.rudp.protocol.ConnectionConfig;
import dev.sluice.rudp.protocol.HandshakeProvider;
import dev.sluice.rudp.protocol.NoiseHandshakes;
import dev.sluice.rudp.protocol.crypto.Aead;
import dev.sluice.rudp.protocol.crypto.SharedSecret;
import dev.sluice.rudp.protocol.crypto.StaticKey;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The connection under its real handshakes, packet protection and congestion control, over lossy simulated paths. */
class NoiseConnectionTest {
    private static final StaticKey SERVER = StaticKey.generate();
    private static final StaticKey CLIENT = StaticKey.generate();
    private static final SharedSecret SECRET = SharedSecret.of("secret".getBytes(StandardCharsets.UTF_8));

    private static Simulation simulation(HandshakeProvider client, @Nullable SharedSecret secret, ConnectionConfig config) {
        Simulation simulation = new Simulation(11, config, config,
                new HandshakePair(client, NoiseHandshakes.server(SERVER, secret)),
                Acceptor.Policy.DEFAULT, c -> new Flow.Sink());
        simulation.up.loss = 0.02;
        simulation.down.loss = 0.02;
        simulation.up.mbit(50);
        simulation.down.mbit(50);
        return simulation;
    }

    private static Connection transfer(Simulation simulation, boolean early) {
        return transfer(simulation, new Flow.Source(3, 300_000, 300_000, early));
    }

    private static Connection transfer(Simulation simulation, Flow.Source source) {
        Connection connection = simulation.connect(source);
        assertThat(simulation.run(Duration.ofSeconds(60), () -> source.finished() || connection.over()) && source.finished())
                .as(() -> connection.closeCause() + " " + connection.stats()).isTrue();
        return connection;
    }

    @Test
    void aKnownServerWithASecret() {
        Connection connection = transfer(
                simulation(NoiseHandshakes.known(Aead.AES_GCM, CLIENT, SERVER.publicKey(), SECRET), SECRET,
                        ConnectionConfig.DEFAULT),
                false);
        assertThat(connection.peerKey()).isEqualTo(SERVER.publicKey());
    }

    @Test
    void aKnownServerWithChaCha() {
        transfer(simulation(NoiseHandshakes.known(Aead.CHACHA_POLY, CLIENT, SERVER.publicKey(), null), null,
                ConnectionConfig.DEFAULT), new Flow.Source(1, 0, 3 << 20));
    }

    @Test
    void anUnknownServer() {
        Simulation simulation = simulation(NoiseHandshakes.unknown(Aead.AES_GCM, CLIENT, null, SECRET), SECRET,
                ConnectionConfig.DEFAULT);
        Connection connection = transfer(simulation, false);
        assertThat(connection.peerKey()).isEqualTo(SERVER.publicKey());
        assertThat(simulation.serverConnection().peerKey()).isEqualTo(CLIENT.publicKey());
    }

    @Test
    void earlyDataIsTaken() {
        ConnectionConfig config = new ConnectionConfig.Builder().earlyData(true).build();
        transfer(simulation(NoiseHandshakes.known(Aead.AES_GCM, CLIENT, SERVER.publicKey(), SECRET), SECRET, config), true);
    }

    @Test
    void anotherKeyThanThePinnedOneIsRefused() {
        Simulation simulation = simulation(
                NoiseHandshakes.unknown(Aead.AES_GCM, CLIENT, StaticKey.generate().publicKey(), null), null,
                ConnectionConfig.DEFAULT);
        Connection connection = simulation.connect(Application.IDLE);
        assertThat(simulation.run(Duration.ofSeconds(11), connection::over)).isTrue();
        assertThat(Objects.requireNonNull(connection.closeCause()).kind()).isEqualTo(CloseCause.Kind.PIN_MISMATCH);
    }

    @Test
    void aWrongSecretIsAHandshakeThatNeverEnds() {
        SharedSecret wrong = SharedSecret.of("wrong".getBytes(StandardCharsets.UTF_8));
        Simulation simulation = simulation(NoiseHandshakes.known(Aead.AES_GCM, CLIENT, SERVER.publicKey(), wrong), SECRET,
                ConnectionConfig.DEFAULT);
        Connection connection = simulation.connect(Application.IDLE);
        assertThat(simulation.run(Duration.ofSeconds(11), connection::over)).isTrue();
        assertThat(Objects.requireNonNull(connection.closeCause()).kind()).isEqualTo(CloseCause.Kind.HANDSHAKE_TIMEOUT);
    }

    @Test
    void anUnknownServerWithAnotherSecretNeverSeemsToBeThere() {
        SharedSecret wrong = SharedSecret.of("wrong".getBytes(StandardCharsets.UTF_8));
        Simulation simulation = simulation(NoiseHandshakes.unknown(Aead.AES_GCM, CLIENT, null, wrong), SECRET,
                ConnectionConfig.DEFAULT);
        Connection connection = simulation.connect(Application.IDLE);
        assertThat(simulation.run(Duration.ofSeconds(11), () -> connection.over() || connection.isEstablished())).isTrue();
        assertThat(Objects.requireNonNull(connection.closeCause()).kind()).isEqualTo(CloseCause.Kind.HANDSHAKE_TIMEOUT);
    }
}
