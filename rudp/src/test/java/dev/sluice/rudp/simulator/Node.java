package dev.sluice.rudp.simulator;

import dev.sluice.rudp.protocol.Acceptor;
import dev.sluice.rudp.protocol.Connection;
import dev.sluice.rudp.protocol.ConnectionConfig;
import dev.sluice.rudp.protocol.ConnectionEvent;
import dev.sluice.rudp.protocol.ConnectionIds;
import dev.sluice.rudp.protocol.ConnectionObserver;
import dev.sluice.rudp.protocol.DatagramBatch;
import dev.sluice.rudp.protocol.HandshakeProvider;
import dev.sluice.rudp.protocol.LongMap;
import dev.sluice.rudp.protocol.NetworkPath;
import dev.sluice.rudp.protocol.StreamMemory;
import dev.sluice.rudp.protocol.crypto.HandshakeLimiter;
import dev.sluice.rudp.protocol.crypto.RetryCookie;
import dev.sluice.rudp.protocol.wire.ConnectionId;
import dev.sluice.rudp.protocol.wire.LongHeader;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** An endpoint of the simulation: routes datagrams to connections, and drives them. The real one does the same with sockets. */
final class Node implements ConnectionIds {
    private static final int AMPLIFICATION = 3;
    /** More than any scenario needs, where memory is not what it is about. */
    static final long BUDGET = 128 * 1024 * 1024;

    private final Simulation simulation;
    private final SplittableRandom random;
    private final long tokenKey;
    private final HandshakeProvider handshakes;
    private final ConnectionConfig config;
    final List<InetSocketAddress> sockets = new ArrayList<>();
    final List<Connection> connections = new ArrayList<>();
    private final LongMap<Connection> byId = new LongMap<>();
    private final Map<Connection, Application> applications = new HashMap<>();
    private final Map<NetworkPath, long[]> unproven = new HashMap<>();
    private final Set<Connection> proven = new HashSet<>();
    /** Where a first packet brought back the token that was sent there. */
    private final Set<NetworkPath> provenByToken = new HashSet<>();
    private final DatagramBatch batch;
    final StreamMemory memory = new StreamMemory(BUDGET);
    private @Nullable Acceptor acceptor;
    private @Nullable Function<Connection, Application> program;
    long dropped;
    long answered;
    int ids;

    Node(Simulation simulation, long seed, ConnectionConfig config, HandshakeProvider handshakes, InetSocketAddress address) {
        this.simulation = simulation;
        this.config = config;
        this.handshakes = handshakes;
        random = new SplittableRandom(seed);
        tokenKey = random.nextLong();
        sockets.add(address);
        batch = new DatagramBatch(65_000, 1 + random.nextInt(40));
    }

    /** Takes connections and runs this program on each. */
    Node listen(Acceptor.Policy policy, Function<Connection, Application> program) {
        this.program = program;
        acceptor = new Acceptor(config, memory, policy, handshakes, this, new RetryCookie(new RetryCookie.Seed()),
                new HandshakeLimiter(1_000_000, 1_000_000), new dev.sluice.rudp.protocol.crypto.EarlyDataGuard(1000, 60_000, 0),
                random);
        return this;
    }

    /** Who watches the connections that come in from now on. */
    void observe(Function<NetworkPath, ConnectionObserver> observers) {
        java.util.Objects.requireNonNull(acceptor).observe(observers);
    }

    Connection connect(InetSocketAddress server, Application application, ConnectionObserver observer) {
        return connect(server, application, observer, config);
    }

    Connection connect(InetSocketAddress server, Application application, ConnectionObserver observer, ConnectionConfig config) {
        Connection connection = Connection.connect(simulation.now(), new NetworkPath(sockets.size() - 1, server), config, memory,
                handshakes,
                this, wallMillis(), random, observer);
        connections.add(connection);
        applications.put(connection, application);
        drive(connection);
        return connection;
    }

    private long wallMillis() {
        return 1_700_000_000_000L + simulation.now() / 1_000_000;
    }

    void receive(int socket, InetSocketAddress from, byte[] datagram, int ecn) {
        long now = simulation.now();
        NetworkPath path = new NetworkPath(socket, from);
        int at = Acceptor.destinationOffset(datagram, 0, datagram.length);
        Connection connection = at < 0 ? null : byId.get(ConnectionId.randomAt(datagram, at));
        if (connection == null) {
            connection = accept(now, path, datagram);
        }
        if (connection != null) {
            long[] counts = unproven.computeIfAbsent(path, p -> new long[2]);
            counts[0] += datagram.length;
            connection.onDatagram(now, path, ecn, datagram, 0, datagram.length);
            drive(connection);
        }
    }

    private @Nullable Connection accept(long now, NetworkPath path, byte[] datagram) {
        Acceptor taking = acceptor;
        Function<Connection, Application> runs = program;
        for (Connection connection : connections) {
            if (connection.path().remote().equals(path.remote())
                    && connection.onStatelessReset(now, datagram, 0, datagram.length)) {
                drive(connection);
                return null;
            }
        }
        if (taking == null || runs == null) {
            dropped++;
            return null;
        }
        int handshaking = (int) connections.stream().filter(c -> !c.isEstablished() && !c.over()).count();
        Acceptor.Verdict verdict = taking.onDatagram(now, wallMillis(), path, datagram, 0, datagram.length, connections.size(),
                handshaking);
        return switch (verdict) {
            case ANSWER -> {
                answered++;
                simulation.send(this, path, Arrays.copyOf(taking.answer(), taking.answerLength()), false);
                yield null;
            }
            case ACCEPT -> {
                Connection connection = taking.accepted();
                LongHeader header = new LongHeader();
                if (header.parse(datagram, 0, datagram.length) && header.tokenLength() > 0) {
                    provenByToken.add(path);
                }
                byId.putIfAbsent(ConnectionId.randomAt(datagram, Acceptor.destinationOffset(datagram, 0, datagram.length)),
                        connection);
                connections.add(connection);
                applications.put(connection, runs.apply(connection));
                yield connection;
            }
            default -> {
                dropped++;
                yield null;
            }
        };
    }

    /** Lets the application run and sends what there is. */
    void drive(Connection connection) {
        long now = simulation.now();
        Application application = applications.get(connection);
        for (int rounds = 0; rounds < 10_000; rounds++) {
            for (ConnectionEvent event = connection.pollEvent(); event != null; event = connection.pollEvent()) {
                if (application != null) {
                    application.onEvent(now, connection, event);
                }
            }
            if (application != null) {
                application.run(now, connection);
            }
            boolean sent = false;
            while (connection.poll(now, batch)) {
                sent = true;
                emit(connection);
            }
            if (!sent) {
                break;
            }
        }
        if (connection.isTerminated()) {
            connections.remove(connection);
        } else {
            simulation.schedule(this, connection, connection.nextTimeout(now));
        }
    }

    private void emit(Connection connection) {
        NetworkPath path = batch.path();
        int segments = 0;
        for (int at = 0; at < batch.length(); at += batch.segmentSize()) {
            int length = Math.min(batch.segmentSize(), batch.length() - at);
            segments++;
            checkAmplification(connection, path, length);
            simulation.send(this, path, Arrays.copyOfRange(batch.bytes(), at, at + length), batch.ect());
        }
        if (segments != batch.segments()) {
            throw new AssertionError(batch.segments() + " segments are " + segments);
        }
    }

    /** A server sends no more than three times what came before its client is proven, by the handshake or by a token of a retry. */
    private void checkAmplification(Connection connection, NetworkPath path, int length) {
        if (connection.isClient() || connection.isEstablished() || proven.contains(connection)) {
            proven.add(connection);
            return;
        }
        if (provenByToken.contains(path)) {
            return;
        }
        long[] counts = unproven.computeIfAbsent(path, p -> new long[2]);
        counts[1] += length;
        if (counts[1] > AMPLIFICATION * counts[0]) {
            throw new AssertionError("sent " + counts[1] + " bytes for " + counts[0] + " received");
        }
    }

    void onTimeout(Connection connection) {
        connection.onTimeout(simulation.now());
        drive(connection);
    }

    /** Forgets everything, as a process does that is killed. */
    void crash() {
        connections.clear();
        applications.clear();
        simulation.forget(this);
        while (byId.size() > 0) {
            List<Connection> all = new ArrayList<>();
            byId.forEach(all::add);
            all.forEach(c -> {
                for (long id : issued) {
                    byId.remove(id);
                }
            });
            break;
        }
    }

    private final List<Long> issued = new ArrayList<>();

    @Override
    public ConnectionId issue(Connection connection) {
        ConnectionId id = ConnectionId.create(7, random);
        byId.putIfAbsent(id.random(), connection);
        issued.add(id.random());
        ids++;
        return id;
    }

    @Override
    public void retire(ConnectionId id) {
        if (byId.remove(id.random()) != null) {
            ids--;
        }
    }

    /** How many connection IDs lead somewhere. */
    int routes() {
        return byId.size();
    }

    @Override
    public byte[] resetToken(ConnectionId id) {
        byte[] token = new byte[16];
        new SplittableRandom(tokenKey ^ id.random()).nextBytes(token);
        return token;
    }
}
