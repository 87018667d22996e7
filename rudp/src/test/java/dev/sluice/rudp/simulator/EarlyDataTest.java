package dev.sluice.rudp.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.rudp.protocol.Acceptor;
import dev.sluice.rudp.protocol.CloseCause;
import dev.sluice.rudp.protocol.Connection;
import dev.sluice.rudp.protocol.ConnectionConfig;
import dev.sluice.rudp.protocol.ConnectionEvent;
import dev.sluice.rudp.protocol.ConnectionIds;
import dev.sluice.rudp.protocol.ConnectionObserver;
import dev.sluice.rudp.protocol.DatagramBatch;
import dev.sluice.rudp.protocol.NetworkPath;
import dev.sluice.rudp.protocol.PacketKeys;
import dev.sluice.rudp.protocol.StreamMemory;
import dev.sluice.rudp.protocol.congestion.CongestionAlgorithm;
import dev.sluice.rudp.protocol.crypto.HandshakeLimiter;
import dev.sluice.rudp.protocol.crypto.RetryCookie;
import dev.sluice.rudp.protocol.wire.ConnectionId;
import dev.sluice.rudp.protocol.wire.FrameType;
import dev.sluice.rudp.protocol.wire.LongHeader;
import dev.sluice.rudp.protocol.wire.ShortHeader;
import java.time.Duration;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Data of the first flight: what does not fit follows, and what the server does not take is as if it had not been sent. */
class EarlyDataTest {
    private static final ConnectionConfig EARLY = config().earlyData(true).build();
    private static final ConnectionConfig NONE = config().build();

    private final Flow.Sink sink = new Flow.Sink();

    private static ConnectionConfig.Builder config() {
        return new ConnectionConfig.Builder().congestion(SlowStartOnly::new);
    }

    private Simulation of(ConnectionConfig client, ConnectionConfig server) {
        return new Simulation(5, client, server, new StubHandshakes(false, 1), Acceptor.Policy.DEFAULT, c -> sink);
    }

    /** Ten streams have more than the 65536 bytes of a first flight; the server has the same window for a stream, but a larger one for all. */
    @Test
    void streamsForWhichAFirstFlightHadNoRoomGoOn() {
        ConnectionConfig.Builder builder = new ConnectionConfig.Builder().congestion(CongestionAlgorithm.parse("fixed-rate=100m"))
                .earlyData(true);
        Simulation simulation = of(builder.build(), builder.streamWindow(65_536, 65_536).build());
        Flow.Source source = new Flow.Source(10, 20_000, 32, true);
        simulation.connect(source);
        assertThat(simulation.run(Duration.ofSeconds(5), source::finished)).isTrue();
    }

    @Test
    void dataThatIsRefusedIsSentAgain() {
        Simulation simulation = of(EARLY, NONE);
        Flow.Source source = new Flow.Source(16, 250, 32, true);
        simulation.connect(source);
        assertThat(simulation.run(Duration.ofSeconds(5), source::finished)).isTrue();
        assertThat(source.events).contains(new ConnectionEvent.Established(false));
    }

    /** Of one stream the answer is not wanted, which would never end; another is given up. */
    @Test
    void resetsAndStopsThatAreRefusedAreSentAgain() {
        Simulation simulation = of(EARLY, NONE);
        Connection connection = simulation.connect(new Application() {
            private boolean done;

            @Override
            public void run(long now, Connection connection) {
                if (!done) {
                    done = true;
                    long stopped = connection.open();
                    connection.write(stopped, new byte[]{0x7f, -1, -1, -1, -1, -1, -1, -1}, 0, 8);
                    connection.finish(stopped);
                    connection.stopSending(now, stopped, 4);
                    connection.reset(connection.open(), 5);
                }
            }
        });
        assertThat(simulation.run(Duration.ofSeconds(5), () -> sink.received == 8 && sink.resets == 1
                && simulation.serverConnection().write(0, new byte[1], 0, 1) == Connection.CLOSED)).isTrue();
        assertThat(simulation.run(Duration.ofSeconds(5), () -> simulation.serverConnection().streamCount() == 0)).isTrue();
        assertThat(connection.stats().packetsLost()).as("the network lost none").isZero();
    }

    /** A server that says it took nothing of the first flight, and acknowledges it. */
    @Test
    void whatWasRefusedCannotBeAcknowledged() {
        long now = 1_000_000_000L;
        NetworkPath path = new NetworkPath(0, Simulation.SERVER);
        StubHandshakes handshakes = new StubHandshakes(false, 1);
        SplittableRandom random = new SplittableRandom(1);
        ConnectionIds ids = new RandomIds(random);
        StreamMemory memory = new StreamMemory(Node.BUDGET);
        DatagramBatch batch = new DatagramBatch(65_000, 1);
        Connection client = Connection.connect(now, path, EARLY, memory, handshakes, ids, 0, random, ConnectionObserver.NONE);
        client.write(client.open(), new byte[100], 0, 100);
        client.poll(now, batch);
        LongHeader header = new LongHeader();
        header.parse(batch.bytes(), 0, batch.length());
        ConnectionId clientId = ConnectionId.read(batch.bytes(), header.sourceOffset());
        Acceptor acceptor = new Acceptor(NONE, memory, Acceptor.Policy.DEFAULT, handshakes, ids,
                new RetryCookie(new RetryCookie.Seed()), new HandshakeLimiter(10, 10), null, random);
        acceptor.onDatagram(now, 0, path, batch.bytes(), 0, batch.length(), 0, 0);
        Connection server = acceptor.accepted();
        server.onDatagram(now, path, 0, batch.bytes(), 0, batch.length());
        server.poll(now, batch);
        client.onDatagram(now, path, 0, batch.bytes(), 0, batch.length());
        assertThat(client.isEstablished()).isTrue();

        PacketKeys keys = Objects.requireNonNull(handshakes.server(0, clientId)).keys();
        byte[] packet = new byte[100];
        int at = ShortHeader.write(packet, 0, clientId, 1000, 4);
        packet[at] = FrameType.ACK; // of number 0 alone, after no time
        int length = keys.seal(packet, 0, at, 5, 1000);
        client.onDatagram(now, path, 0, packet, 0, length);
        CloseCause cause = Objects.requireNonNull(client.closeCause());
        assertThat(cause.kind()).isEqualTo(CloseCause.Kind.VIOLATION);
    }
}
