package dev.sluice.rudp.simulator;

import dev.sluice.rudp.protocol.Acceptor;
import dev.sluice.rudp.protocol.Connection;
import dev.sluice.rudp.protocol.ConnectionConfig;
import dev.sluice.rudp.protocol.ConnectionObserver;
import dev.sluice.rudp.protocol.HandshakeProvider;
import dev.sluice.rudp.protocol.NetworkPath;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * Clients and a server on simulated paths in virtual time. Everything follows from the seed: a run that fails fails again. Between the
 * clients and the server stands a NAT that can be told to forget.
 */
final class Simulation {
    static final InetSocketAddress SERVER = address(100, 4433);
    static final InetSocketAddress SECOND_SERVER = address(101, 4433);

    private record Event(long at, long order, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(order, other.order);
        }
    }

    /** Who listens on the way. */
    interface Tap {
        void sent(Node from, NetworkPath path, byte[] datagram);
    }

    final long seed;
    final Link up;
    final Link down;
    final Node client;
    final Node server;
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final Map<Connection, Long> timers = new HashMap<>();
    /** Address behind the NAT to address in front of it, and back. */
    private final Map<InetSocketAddress, InetSocketAddress> outside = new HashMap<>();
    private final Map<InetSocketAddress, InetSocketAddress> inside = new HashMap<>();
    private final SplittableRandom marks;
    /** Share of packets that a router marks for congestion, of those that may be marked. */
    double congested;
    /** Some router takes all marks away. */
    boolean bleached;
    private long now = 1_000_000_000L;
    private long order;
    private boolean ipv6;
    /** Packets that asked to be marked rather than dropped. */
    long markable;
    private int nextPort = 40_000;
    private int nextHost = 50;
    private int steps;
    /** Sees every datagram that leaves a node, and may let more come. */
    Tap tap = (from, path, datagram) -> {};
    private final java.util.Set<Node> forgotten = new java.util.HashSet<>();

    Simulation(long seed, ConnectionConfig config) {
        this(seed, config, config, new StubHandshakes(false, 1), Acceptor.Policy.DEFAULT, c -> new Flow.Sink());
    }

    Simulation(long seed, ConnectionConfig clientConfig, ConnectionConfig serverConfig, HandshakeProvider handshakes,
            Acceptor.Policy policy, Function<Connection, Application> program) {
        this.seed = seed;
        marks = new SplittableRandom(seed * 31 + 5);
        up = new Link(seed * 31 + 1);
        down = new Link(seed * 31 + 2);
        client = new Node(this, seed * 31 + 3, clientConfig, handshakes, address(1, 5000));
        server = new Node(this, seed * 31 + 4, serverConfig, handshakes, SERVER).listen(policy, program);
        server.sockets.add(SECOND_SERVER);
    }

    static InetSocketAddress address(int host, int port) {
        try {
            return new InetSocketAddress(InetAddress.getByAddress(new byte[]{10, 0, 0, (byte) host}), port);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private InetSocketAddress addressOfFamily(int host, int port) {
        return ipv6 ? address6(host, port) : address(host, port);
    }

    private static InetSocketAddress address6(int host, int port) {
        byte[] bytes = new byte[16];
        bytes[0] = (byte) 0xfd;
        bytes[15] = (byte) host;
        try {
            return new InetSocketAddress(InetAddress.getByAddress(bytes), port);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Both ends, and the NAT between them, have addresses of IPv6. Called before anything is sent. */
    void useIpv6() {
        ipv6 = true;
        client.sockets.set(0, address6(1, 5000));
        server.sockets.set(0, address6(100, 4433));
    }

    long now() {
        return now;
    }

    Connection connect(Application application) {
        return connect(application, ConnectionObserver.NONE);
    }

    Connection connect(Application application, ConnectionObserver observer) {
        return client.connect(server.sockets.getFirst(), application, observer);
    }

    /** The NAT forgets: the client's packets come from another port from now on, and what goes to the old one is lost. */
    void rebindPort() {
        rebind(outside.values().stream().findAny().map(Simulation::host).orElse(50));
    }

    /** The same with another address. */
    void rebindAddress() {
        rebind(++nextHost);
    }

    private static int host(InetSocketAddress address) {
        byte[] bytes = address.getAddress().getAddress();
        return bytes[bytes.length - 1];
    }

    private void rebind(int host) {
        for (InetSocketAddress local : outside.keySet().toArray(new InetSocketAddress[0])) {
            InetSocketAddress fresh = addressOfFamily(host, ++nextPort);
            inside.remove(outside.put(local, fresh));
            inside.put(fresh, local);
        }
    }

    /** A new socket of the client's; returns its number. */
    int newClientSocket() {
        client.sockets.add(address(2 + client.sockets.size(), 5000 + client.sockets.size()));
        return client.sockets.size() - 1;
    }

    void send(Node from, NetworkPath path, byte[] datagram, boolean ect) {
        markable += ect ? 1 : 0;
        tap.sent(from, path, datagram);
        int ecn = !ect || bleached ? 0 : marks.nextDouble() < congested ? 3 : 2;
        InetSocketAddress local = from.sockets.get(path.socket());
        if (from == client) {
            InetSocketAddress mapped = outside.computeIfAbsent(local, a -> addressOfFamily(nextHost, ++nextPort));
            inside.put(mapped, local);
            up.send(now, datagram, (at, bytes) -> at(at, () -> {
                int socket = server.sockets.indexOf(path.remote());
                if (socket >= 0) {
                    server.receive(socket, mapped, bytes, ecn);
                }
            }));
        } else {
            down.send(now, datagram, (at, bytes) -> at(at, () -> {
                InetSocketAddress target = inside.get(path.remote());
                if (target != null) {
                    client.receive(client.sockets.indexOf(target), local, bytes, ecn);
                }
            }));
        }
    }

    /** Something else, at a time. */
    void at(long time, Runnable action) {
        events.add(new Event(time, order++, action));
    }

    void after(Duration time, Runnable action) {
        at(now + time.toNanos(), action);
    }

    void schedule(Node node, Connection connection, long at) {
        Long known = timers.get(connection);
        if (at == Connection.NEVER || (known != null && known <= at && known >= now)) {
            return;
        }
        long due = Math.max(at, now);
        timers.put(connection, due);
        at(due, () -> {
            Long still = timers.get(connection);
            if (still != null && still == due && !forgotten.contains(node)) {
                timers.remove(connection);
                node.onTimeout(connection);
            }
        });
    }

    void forget(Node node) {
        timers.clear();
    }

    /** Runs until the condition holds; false where it does not within the time. */
    boolean run(Duration limit, BooleanSupplier until) {
        long end = now + limit.toNanos();
        while (!until.getAsBoolean()) {
            Event next = events.peek();
            if (next == null || next.at() > end) {
                now = end;
                return false;
            }
            events.remove();
            now = Math.max(now, next.at());
            next.action().run();
            if (++steps > 50_000_000) {
                throw new AssertionError("a busy loop, seed " + seed);
            }
        }
        return true;
    }

    Connection serverConnection() {
        return server.connections.getFirst();
    }
}
