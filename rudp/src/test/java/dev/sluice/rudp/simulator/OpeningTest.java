package dev.sluice.rudp.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.rudp.protocol.Acceptor;
import dev.sluice.rudp.protocol.Connection;
import dev.sluice.rudp.protocol.ConnectionConfig;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The peer hears of a stream that was opened, though nothing is written on it: the one who accepts can speak first. */
class OpeningTest {
    private static final ConnectionConfig CONFIG = new ConnectionConfig.Builder().congestion(SlowStartOnly::new).maxStreams(16)
            .build();
    private static final ConnectionConfig EARLY = new ConnectionConfig.Builder().congestion(SlowStartOnly::new).earlyData(true)
            .build();

    /** Opens a stream as soon as it can, before the handshake is done, and writes nothing. */
    private static final class Opener implements Application {
        long stream = Connection.NO_STREAM;

        @Override
        public void run(long now, Connection connection) {
            if (stream == Connection.NO_STREAM) {
                stream = connection.open();
            }
        }
    }

    private static Simulation of(ConnectionConfig client, ConnectionConfig server) {
        return new Simulation(5, client, server, new StubHandshakes(false, 1), Acceptor.Policy.DEFAULT, c -> Application.IDLE);
    }

    private static Connection established(Simulation simulation) {
        Connection connection = simulation.connect(Application.IDLE);
        assertThat(simulation.run(Duration.ofSeconds(5), () -> connection.isEstablished()
                && !simulation.server.connections.isEmpty() && simulation.serverConnection().isEstablished())).isTrue();
        simulation.run(Duration.ofSeconds(3), () -> false); // and quiet
        return connection;
    }

    /** Whether the server accepts this stream within a time. */
    private static boolean accepts(Simulation simulation, Duration limit, long stream) {
        return simulation.run(limit,
                () -> !simulation.server.connections.isEmpty() && accepts(simulation.serverConnection(), stream));
    }

    private static boolean accepts(Connection server, long stream) {
        for (long id = server.accept(); id != Connection.NO_STREAM; id = server.accept()) {
            if (id == stream) {
                return true;
            }
        }
        return false;
    }

    @Test
    void theServerSpeaksFirst() {
        Simulation simulation = of(CONFIG, CONFIG);
        Connection connection = established(simulation);
        long stream = connection.open();
        simulation.client.drive(connection);
        assertThat(accepts(simulation, Duration.ofMillis(20), stream)).isTrue();
        Connection server = simulation.serverConnection();
        server.write(stream, new byte[]{1, 2, 3}, 0, 3);
        simulation.server.drive(server);
        assertThat(simulation.run(Duration.ofMillis(20), () -> connection.readable(stream) == 3)).isTrue();
    }

    @Test
    void aRequestSharesThePacketOfItsOpening() {
        Simulation simulation = of(CONFIG, CONFIG);
        Connection connection = established(simulation);
        long before = connection.stats().packetsSent();
        long stream = connection.open();
        connection.write(stream, new byte[100], 0, 100);
        connection.finish(stream);
        simulation.client.drive(connection);
        simulation.run(Duration.ofSeconds(1), () -> false);
        assertThat(connection.stats().packetsSent()).isEqualTo(before + 1);
        assertThat(simulation.serverConnection().readable(stream)).isEqualTo(100);
    }

    @Test
    void anOpeningIsToldOnce() {
        Simulation simulation = of(CONFIG, CONFIG);
        Connection connection = established(simulation);
        long before = connection.stats().packetsSent();
        connection.open();
        simulation.client.drive(connection);
        simulation.run(Duration.ofSeconds(1), () -> false);
        assertThat(connection.stats().packetsSent()).isEqualTo(before + 1);
    }

    @Test
    void aLostOpeningIsToldAgain() {
        Simulation simulation = of(CONFIG, CONFIG);
        Connection connection = established(simulation);
        simulation.up.downFrom = simulation.now();
        simulation.up.downUntil = simulation.now() + 50 * Link.MILLIS;
        long stream = connection.open();
        simulation.client.drive(connection);
        assertThat(accepts(simulation, Duration.ofSeconds(2), stream)).isTrue();
    }

    @Test
    void theOpeningGoesWithTheFirstFlight() {
        Simulation simulation = of(EARLY, EARLY);
        Opener opener = new Opener();
        simulation.connect(opener);
        assertThat(opener.stream).isNotEqualTo(Connection.NO_STREAM);
        assertThat(accepts(simulation, Duration.ofMillis(11), opener.stream)).as("half a round trip").isTrue();
    }

    @Test
    void theOpeningIsToldAgainWhereTheFirstFlightIsNotTaken() {
        Simulation simulation = of(EARLY, CONFIG);
        Opener opener = new Opener();
        simulation.connect(opener);
        assertThat(opener.stream).isNotEqualTo(Connection.NO_STREAM);
        assertThat(accepts(simulation, Duration.ofSeconds(2), opener.stream)).isTrue();
    }

    @Test
    void theOpeningBeyondTheLimitIsToldWhenTheLimitIsRaised() {
        Simulation simulation = of(CONFIG, CONFIG);
        Connection connection = established(simulation);
        for (long id = connection.open(); id != Connection.NO_STREAM; id = connection.open()) {
            connection.finish(id);
        }
        simulation.client.drive(connection);
        assertThat(accepts(simulation, Duration.ofSeconds(1), 30)).isTrue();
        Connection server = simulation.serverConnection();
        for (long id = 0; id <= 30; id += 2) {
            server.read(simulation.now(), id, new byte[1], 0, 1);
            server.finish(id);
        }
        simulation.server.drive(server);
        long[] next = {Connection.NO_STREAM};
        assertThat(simulation.run(Duration.ofSeconds(1), () -> {
            next[0] = connection.open();
            return next[0] != Connection.NO_STREAM;
        })).isTrue();
        simulation.client.drive(connection);
        assertThat(accepts(simulation, Duration.ofSeconds(1), next[0])).isTrue();
    }
}
