package dev.sluice.rudp.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.rudp.protocol.Acceptor;
import dev.sluice.rudp.protocol.CloseCause;
import dev.sluice.rudp.protocol.Connection;
import dev.sluice.rudp.protocol.ConnectionConfig;
import dev.sluice.rudp.protocol.ConnectionEvent;
import dev.sluice.rudp.protocol.ConnectionObserver;
import dev.sluice.rudp.protocol.QlogWriter;
import dev.sluice.rudp.protocol.StreamMemory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** How connections begin, stay, and end: the end is told once, to both, and everything is freed. */
class LifecycleTest {
    private static final ConnectionConfig CONFIG = new ConnectionConfig.Builder().congestion(SlowStartOnly::new).build();

    private static Simulation of(ConnectionConfig config, boolean three, long secret) {
        return new Simulation(3, config, config, new StubHandshakes(three, secret), Acceptor.Policy.DEFAULT,
                c -> new Flow.Sink());
    }

    private static CloseCause.Kind kind(Connection connection) {
        return Objects.requireNonNull(connection.closeCause()).kind();
    }

    private static Connection established(Simulation simulation) {
        Connection connection = simulation.connect(Application.IDLE);
        assertThat(simulation.run(Duration.ofSeconds(5),
                () -> connection.isEstablished() && simulation.server.connections.size() == 1
                        && simulation.serverConnection().isEstablished()))
                .isTrue();
        return connection;
    }

    private static void everythingIsFreed(Simulation simulation) {
        assertThat(simulation.run(Duration.ofMinutes(3),
                () -> simulation.client.connections.isEmpty() && simulation.server.connections.isEmpty())).isTrue();
        assertThat(simulation.client.routes() + simulation.server.routes()).isZero();
    }

    @Test
    void aHandshakeOfTwoMessagesTakesOneRoundTrip() {
        Simulation simulation = of(CONFIG, false, 1);
        Connection connection = simulation.connect(Application.IDLE);
        assertThat(simulation.run(Duration.ofMillis(21), connection::isEstablished)).isTrue();
    }

    /** The server gave its token for the address that is no more; nothing may be answered there. */
    @Test
    void aClientThatMovesAfterARetryIsGivenAnother() {
        Simulation simulation = new Simulation(3, CONFIG, CONFIG, new StubHandshakes(false, 1),
                new Acceptor.Policy(100, 0, 1000, 1000, 1000),
                c -> new Flow.Sink());
        Connection connection = simulation.connect(Application.IDLE);
        simulation.run(Duration.ofMillis(25), () -> false);
        assertThat(simulation.server.answered).isEqualTo(1);
        connection.localRebound(simulation.now(), simulation.newClientSocket());
        simulation.client.drive(connection);
        assertThat(simulation.run(Duration.ofSeconds(5), connection::isEstablished)).isTrue();
    }

    @Test
    void aHandshakeOfThreeMessagesBindsBothEnds() {
        established(of(CONFIG, true, 1));
    }

    @Test
    void quietConnectionsAreKeptAliveForHours() {
        Simulation simulation = of(CONFIG, false, 1);
        Connection connection = established(simulation);
        simulation.run(Duration.ofHours(3), () -> false);
        assertThat(connection.isEstablished()).isTrue();
        assertThat(simulation.serverConnection().isEstablished()).isTrue();
        assertThat(connection.stats().packetsSent()).as("a PING and its like each 15 s").isLessThan(3 * 3600 / 15 * 3);
    }

    /** A keep-alive that would come after the limit asks in time all the same, whichever end has the shorter limit. */
    @Test
    void quietConnectionsAreKeptAliveWhereTheIdleLimitIsShort() {
        ConnectionConfig shortLimit = new ConnectionConfig.Builder().congestion(SlowStartOnly::new)
                .idleTimeout(Duration.ofSeconds(5)).build();
        for (boolean client : new boolean[]{true, false}) {
            Simulation simulation = new Simulation(3, client ? shortLimit : CONFIG, client ? CONFIG : shortLimit,
                    new StubHandshakes(false, 1), Acceptor.Policy.DEFAULT, c -> new Flow.Sink());
            Connection connection = established(simulation);
            simulation.run(Duration.ofHours(1), () -> false);
            assertThat(connection.isEstablished()).isTrue();
            assertThat(simulation.serverConnection().isEstablished()).isTrue();
            assertThat(connection.stats().packetsSent()).as("a PING and its like each 2.5 s").isLessThan(3600 * 2 / 5 * 3);
        }
    }

    @Test
    void withoutKeepAliveAnIdleConnectionEnds() {
        Simulation simulation = of(new ConnectionConfig.Builder().congestion(SlowStartOnly::new).keepAlive(Duration.ZERO).build(),
                false,
                1);
        Connection connection = established(simulation);
        Connection server = simulation.serverConnection();
        assertThat(simulation.run(Duration.ofSeconds(40), connection::isTerminated)).isTrue();
        assertThat(kind(connection)).isEqualTo(CloseCause.Kind.IDLE);
        assertThat(kind(server)).isEqualTo(CloseCause.Kind.IDLE);
        everythingIsFreed(simulation);
    }

    @Test
    void aDeadServerIsNoticedWithinTheIdleLimit() {
        Simulation simulation = of(CONFIG, false, 1);
        Connection connection = established(simulation);
        simulation.down.downFrom = simulation.now();
        simulation.down.downUntil = Long.MAX_VALUE;
        assertThat(simulation.run(Duration.ofSeconds(31), connection::over)).isTrue();
        assertThat(kind(connection)).isEqualTo(CloseCause.Kind.IDLE);
    }

    @Test
    void aWrongSecretFailsWithinTenSeconds() {
        Simulation simulation = of(CONFIG, false, 1);
        Node stranger = new Node(simulation, 99, CONFIG, new StubHandshakes(false, 2), Simulation.SERVER);
        Connection connection = Connection.connect(simulation.now(),
                new dev.sluice.rudp.protocol.NetworkPath(0, Simulation.SERVER), CONFIG, new StreamMemory(Node.BUDGET),
                new StubHandshakes(false, 2), stranger, 0,
                new java.util.SplittableRandom(1), ConnectionObserver.NONE);
        assertThat(simulation.run(Duration.ofSeconds(1), () -> false)).isFalse();
        connection.onTimeout(simulation.now() + 10_000_000_000L);
        assertThat(kind(connection)).isEqualTo(CloseCause.Kind.HANDSHAKE_TIMEOUT);
        assertThat(stranger.routes()).isZero();
    }

    @Test
    void aCloseIsToldWithItsReason() {
        Simulation simulation = of(CONFIG, false, 1);
        Connection connection = established(simulation);
        Connection server = simulation.serverConnection();
        connection.close(simulation.now(), 42, "enough");
        simulation.client.drive(connection);
        assertThat(simulation.run(Duration.ofSeconds(1), server::over)).isTrue();
        assertThat(server.closeCause()).isEqualTo(new CloseCause(CloseCause.Kind.PEER, 42, "enough"));
        assertThat(connection.closeCause()).isEqualTo(new CloseCause(CloseCause.Kind.LOCAL, 42, "enough"));
        everythingIsFreed(simulation);
    }

    @Test
    void aLostCloseIsToldAgainToWhoGoesOn() {
        Simulation simulation = of(CONFIG, false, 1);
        Connection connection = simulation.connect(new Flow.Source(1, 1_000_000, 0));
        simulation.run(Duration.ofMillis(100), () -> false);
        Connection server = simulation.serverConnection();
        simulation.down.downFrom = simulation.now();
        simulation.down.downUntil = simulation.now() + Link.MILLIS;
        server.close(simulation.now(), 7, "");
        simulation.server.drive(server);
        assertThat(simulation.run(Duration.ofSeconds(1), connection::over)).isTrue();
        assertThat(kind(connection)).isEqualTo(CloseCause.Kind.PEER);
        everythingIsFreed(simulation);
    }

    @Test
    void simultaneousClose() {
        Simulation simulation = of(CONFIG, false, 1);
        Connection connection = established(simulation);
        Connection server = simulation.serverConnection();
        connection.close(simulation.now(), 1, "a");
        server.close(simulation.now(), 2, "b");
        simulation.client.drive(connection);
        simulation.server.drive(server);
        everythingIsFreed(simulation);
        assertThat(kind(connection)).isEqualTo(CloseCause.Kind.LOCAL);
        assertThat(kind(server)).isEqualTo(CloseCause.Kind.LOCAL);
    }

    @Test
    void shutdownWhenConnecting() {
        Simulation simulation = of(CONFIG, false, 1);
        Connection connection = simulation.connect(Application.IDLE);
        connection.close(simulation.now(), 0, "");
        simulation.client.drive(connection);
        assertThat(connection.isTerminated()).isTrue();
        everythingIsFreed(simulation);
    }

    @Test
    void theEndIsHeardOnceByEach() {
        Simulation simulation = of(CONFIG, false, 1);
        Flow.Source source = new Flow.Source(0, 0, 0);
        Connection connection = simulation.connect(source);
        simulation.run(Duration.ofSeconds(1), () -> false);
        connection.close(simulation.now(), 0, "");
        connection.close(simulation.now(), 1, "again");
        simulation.client.drive(connection);
        everythingIsFreed(simulation);
        assertThat(source.events.stream().filter(ConnectionEvent.Closed.class::isInstance)).hasSize(1);
    }

    @Test
    void aForgottenConnectionIsResetWithoutState() {
        Simulation simulation = of(CONFIG, false, 1);
        Connection connection = established(simulation);
        simulation.server.crash();
        connection.open();
        long stream = 0;
        connection.write(stream, new byte[100], 0, 100);
        simulation.client.drive(connection);
        assertThat(simulation.run(Duration.ofSeconds(5), connection::over)).isTrue();
        assertThat(kind(connection)).isEqualTo(CloseCause.Kind.STATELESS_RESET);
    }

    @Test
    void finishedStreamsAreFreed() {
        Simulation simulation = of(CONFIG, false, 1);
        Flow.Source source = new Flow.Source(200, 1000, 1000);
        Connection connection = simulation.connect(source);
        assertThat(simulation.run(Duration.ofSeconds(20), source::finished)).isTrue();
        assertThat(simulation.run(Duration.ofSeconds(20), () -> connection.streamCount() == 0
                && simulation.serverConnection().streamCount() == 0)).isTrue();
        assertThat(connection.memory() + simulation.serverConnection().memory()).isZero();
    }

    @Test
    void messagesGoUnreliablyAndAreBounded() {
        Simulation simulation = of(CONFIG, false, 1);
        Connection connection = established(simulation);
        assertThat(connection.sendMessage(new byte[connection.maxMessage() + 1])).isFalse();
        for (int i = 0; i < 1000; i++) {
            connection.sendMessage(new byte[1000]);
        }
        simulation.client.drive(connection);
        simulation.run(Duration.ofSeconds(5), () -> false);
        int received = 0;
        while (simulation.serverConnection().receiveMessage() != null) {
            received++;
        }
        assertThat(received).isEqualTo(256 * 1024 / 1000);
        assertThat(connection.stats().datagramsDropped()).isEqualTo(1001 - received);
    }

    @Test
    void aTraceIsASequenceOfJson() {
        Simulation simulation = of(CONFIG, false, 1);
        List<String> lines = new ArrayList<>();
        Flow.Source source = new Flow.Source(1, 10_000, 0);
        Connection connection = simulation.connect(source,
                new QlogWriter(simulation.now(), 1_700_000_000_123L, "a \"trace\"", true, lines::add, () -> {}));
        simulation.run(Duration.ofSeconds(5), source::finished);
        connection.close(simulation.now(), 3, "tab\there");
        assertThat(lines).allMatch(line -> line.startsWith("\u001e{") && line.endsWith("}\n"));
        assertThat(String.join("", lines)).contains("transport:packet_sent", "recovery:metrics_updated", "connection_closed",
                "a \\\"trace\\\"", "tab\\u0009here");
    }

    /** What one looks for when no connection comes about: which packets left and came. */
    @Test
    void aTraceShowsTheHandshakeOfBothEnds() {
        ConnectionConfig config = new ConnectionConfig.Builder().congestion(SlowStartOnly::new).earlyData(true).build();
        List<String> lines = new ArrayList<>();
        Simulation simulation = new Simulation(3, config, config, new StubHandshakes(false, 1),
                Acceptor.Policy.DEFAULT.withHandshakesInProgress(0), c -> new Flow.Sink());
        simulation.down.dropList = java.util.Set.of(2, 12);
        Flow.Source source = new Flow.Source(1, 10_000, 100_000, true);
        simulation.connect(source, new QlogWriter(simulation.now(), 1_700_000_000_123L, "client", true, lines::add, () -> {}));
        assertThat(simulation.run(Duration.ofSeconds(5), source::finished)).isTrue();
        assertThat(lines.getFirst()).contains("\"reference_time\":1700000000123");
        String trace = String.join("", lines);
        assertThat(count(trace, "packet_sent\",\"data\":{\"header\":{\"packet_type\":\"initial\"}"))
                .as("the first, with the token, again when nothing came").isEqualTo(3);
        assertThat(trace).contains("packet_received\",\"data\":{\"header\":{\"packet_type\":\"retry\"}",
                "packet_received\",\"data\":{\"header\":{\"packet_type\":\"handshake\"}",
                "packet_sent\",\"data\":{\"header\":{\"packet_type\":\"0RTT\",\"packet_number\":",
                "packet_sent\",\"data\":{\"header\":{\"packet_type\":\"1RTT\",\"packet_number\":");
    }

    @Test
    void aTraceOfAServerShowsWhatCameFirst() {
        List<String> lines = new ArrayList<>();
        Simulation simulation = of(new ConnectionConfig.Builder().congestion(SlowStartOnly::new).earlyData(true).build(), false,
                1);
        simulation.server.observe(path -> new QlogWriter(simulation.now(), 0, "server", false, lines::add, () -> {}));
        simulation.down.dropList = java.util.Set.of(12);
        Flow.Source source = new Flow.Source(1, 1_000, 200_000, true);
        simulation.connect(source);
        assertThat(simulation.run(Duration.ofSeconds(5), source::finished)).isTrue();
        String trace = String.join("", lines);
        assertThat(trace).contains("packet_received\",\"data\":{\"header\":{\"packet_type\":\"initial\"}",
                "packet_sent\",\"data\":{\"header\":{\"packet_type\":\"handshake\"}",
                "packet_received\",\"data\":{\"header\":{\"packet_type\":\"0RTT\",\"packet_number\":",
                "packet_received\",\"data\":{\"header\":{\"packet_type\":\"1RTT\",\"packet_number\":");
        assertThat(lines.stream().filter(line -> line.contains("packet_lost"))).isNotEmpty()
                .allMatch(line -> line.contains("\"trigger\":\"reordering_threshold\"")
                        || line.contains("\"trigger\":\"time_threshold\""));
    }

    private static int count(String text, String part) {
        return text.split(java.util.regex.Pattern.quote(part), -1).length - 1;
    }
}
