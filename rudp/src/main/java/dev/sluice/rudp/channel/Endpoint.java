package dev.sluice.rudp.channel;

import dev.sluice.core.CloseReason;
import dev.sluice.net.EventLoops;
import dev.sluice.rudp.protocol.Acceptor;
import dev.sluice.rudp.protocol.Connection;
import dev.sluice.rudp.protocol.ConnectionConfig;
import dev.sluice.rudp.protocol.ConnectionIds;
import dev.sluice.rudp.protocol.ConnectionObserver;
import dev.sluice.rudp.protocol.HandshakeProvider;
import dev.sluice.rudp.protocol.LongMap;
import dev.sluice.rudp.protocol.NetworkPath;
import dev.sluice.rudp.protocol.StreamMemory;
import dev.sluice.rudp.protocol.crypto.EarlyDataGuard;
import dev.sluice.rudp.protocol.crypto.HandshakeLimiter;
import dev.sluice.rudp.protocol.crypto.ResetToken;
import dev.sluice.rudp.protocol.crypto.RetryCookie;
import dev.sluice.rudp.protocol.crypto.StaticKey;
import dev.sluice.rudp.protocol.wire.ConnectionId;
import dev.sluice.rudp.protocol.wire.LongHeader;
import dev.sluice.rudp.protocol.wire.ShortHeader;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.PromiseCombiner;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One socket, or a few, and the connections on it. A datagram goes to the connection whose ID it names; what names none goes to the
 * {@link Acceptor}, or, where several endpoints share the port, to the one whose number the ID has. When a connection is driven,
 * {@link Turns} says.
 *
 * <p>Belongs to its loop. Nothing here waits for a reader: what nobody reads stays in its stream's window.
 */
public final class Endpoint implements ConnectionIds, UdpPort.Owner {
    private static final Logger log = LoggerFactory.getLogger(Endpoint.class);

    /** Bytes of strays that wait for a neighbour's loop. */
    private static final int STRAYS = 1024 * 1024;
    /** A socket that was left still hears what is under way to it. */
    private static final Duration OLD_PORT = Duration.ofSeconds(1);
    private static final int FIRST_MESSAGES = 100_000;
    private static final long EARLY_WINDOW_MILLIS = 10_000;
    private static final int HANDSHAKES_PER_SECOND = 100;
    private static final int HANDSHAKE_BURST = 400;

    private final EventLoops loops;
    private final EventLoop loop;
    private final int number;
    private final ConnectionConfig config;
    private final HandshakeProvider handshakes;
    private final SecureRandom random = new SecureRandom();
    private final ResetToken resetTokens;
    private final byte[] token = new byte[ConnectionId.LENGTH];
    private final List<UdpPort> ports = new ArrayList<>(1);
    private final LongMap<Session> routes = new LongMap<>();
    private final IdentityHashMap<Connection, Session> sessions = new IdentityHashMap<>();
    private final Set<Session> unestablished = new HashSet<>();
    private final Turns turns;
    private final LoopMemory memory;
    private final byte[] datagram;
    private final AtomicInteger strayBytes = new AtomicInteger();
    private final Promise<Void> closed;

    private Metering metering;
    private @Nullable TraceFiles traces;
    private List<Endpoint> neighbours = List.of();
    private @Nullable Acceptor acceptor;
    private @Nullable Consumer<Session> accepted;
    private @Nullable NetworkPath lastPath;
    private @Nullable Connection fresh;
    private long freshId;
    private int nextPort;
    private boolean shutting;
    private boolean freed;

    /**
     * An endpoint without a socket yet.
     *
     * @param number its number among those that share a port, 0 to 255
     */
    public Endpoint(EventLoops loops, EventLoop loop, int number, ConnectionConfig config, HandshakeProvider handshakes,
            StaticKey key) {
        this.loops = loops;
        this.loop = loop;
        this.turns = new Turns(loop, new Work());
        this.number = number;
        this.config = config;
        this.memory = LoopMemory.of(loops, loop);
        this.datagram = memory.datagram;
        this.handshakes = handshakes;
        this.resetTokens = new ResetToken(key);
        this.closed = loop.newPromise();
        this.metering = new Metering(loop, StatisticsListener.NONE);
    }

    /**
     * Who watches the connections. Before the first one; before {@link #listen}.
     *
     * @param directory where each writes a trace; null for none
     */
    public void observe(StatisticsListener statistics, @Nullable Path directory) {
        metering = new Metering(loop, statistics);
        traces = directory == null ? null : new TraceFiles(directory, loop);
    }

    private ConnectionObserver observer(boolean client, NetworkPath path) {
        TraceFiles files = traces;
        return files == null ? ConnectionObserver.NONE : files.begin(client, path);
    }

    /**
     * Begins to take connections. On the loop.
     *
     * @param freshKey the static key was made just now: nothing that was recorded earlier can be replayed, so early data is taken at once
     */
    public void listen(int maxConnections, RetryCookie.Seed seed, boolean freshKey, Consumer<Session> taker) {
        long started = System.currentTimeMillis() - (freshKey ? 2 * EARLY_WINDOW_MILLIS : 0);
        EarlyDataGuard guard = config.earlyData() ? new EarlyDataGuard(FIRST_MESSAGES, EARLY_WINDOW_MILLIS, started) : null;
        acceptor = new Acceptor(config, memory.streams, Acceptor.Policy.DEFAULT.withMaxConnections(maxConnections), handshakes,
                this,
                new RetryCookie(seed), new HandshakeLimiter(HANDSHAKES_PER_SECOND, HANDSHAKE_BURST), guard, random);
        if (traces != null) {
            acceptor.observe(path -> observer(false, path));
        }
        accepted = taker;
    }

    /** Takes no more connections. */
    public void stopListening() {
        accepted = null;
    }

    /** The endpoints that share the port, by number, this one among them. Before the first datagram. */
    public void neighbours(List<Endpoint> all) {
        neighbours = all;
    }

    /** The loop. */
    public EventLoop loop() {
        return loop;
    }

    /** Done when every connection is gone and the sockets are closed. */
    public Future<Void> closed() {
        return closed;
    }

    Duration handshakeTimeout() {
        return config.handshakeTimeout();
    }

    /** What the streams of this loop share. */
    StreamMemory memory() {
        return memory.streams;
    }

    // ---- sockets

    /** Opens the socket. */
    public Future<InetSocketAddress> open(InetSocketAddress address, boolean share) {
        Promise<InetSocketAddress> opened = loop.newPromise();
        UdpPort.open(loops, loop, address, nextPort++, share, this).addListener((Future<UdpPort> f) -> {
            if (!f.isSuccess()) {
                opened.setFailure(f.cause());
                return;
            }
            ports.add(f.getNow());
            hint(f.getNow());
            if (!opened.trySuccess(f.getNow().address())) {
                closePort(f.getNow());
            }
        });
        return opened;
    }

    private void hint(UdpPort port) {
        if (number == 0 && acceptor != null && port.receiveBuffer() < UdpPort.wantedBuffer()) {
            log.warn(
                    "the system grants UDP sockets {} KiB of receive buffer, not {}: fast connections may lose datagrams; as root,"
                            + " sysctl -w net.core.rmem_max={} net.core.wmem_max={} helps",
                    port.receiveBuffer() / 1024,
                    UdpPort.wantedBuffer() / 1024, UdpPort.wantedBuffer(), UdpPort.wantedBuffer());
        }
    }

    Future<UdpPort> openPort(InetSocketAddress address) {
        Promise<UdpPort> opened = loop.newPromise();
        UdpPort.open(loops, loop, address, nextPort++, false, this).addListener((Future<UdpPort> f) -> {
            if (f.isSuccess()) {
                ports.add(f.getNow());
                opened.setSuccess(f.getNow());
            } else {
                opened.setFailure(f.cause());
            }
        });
        return opened;
    }

    @Nullable
    UdpPort port(int socket) {
        for (UdpPort port : ports) {
            if (port.number() == socket) {
                return port;
            }
        }
        return null;
    }

    InetSocketAddress address(int socket) {
        UdpPort port = port(socket);
        return port == null ? new InetSocketAddress(0) : port.address();
    }

    void closePort(UdpPort port) {
        ports.remove(port);
        port.close();
    }

    /** The others are left, a little later: what is under way to them arrives. */
    void closePortsBut(int socket) {
        for (UdpPort port : List.copyOf(ports)) {
            if (port.number() != socket) {
                loop.schedule(() -> closePort(port), OLD_PORT.toNanos(), TimeUnit.NANOSECONDS);
            }
        }
    }

    /** The socket is gone: another takes its place, and connections go on. */
    @Override
    public void lost(UdpPort port) {
        if (!ports.remove(port) || freed) {
            return;
        }
        log.warn("the socket {} was closed underneath; opening another", port.address());
        boolean server = acceptor != null;
        InetSocketAddress address = server
                ? port.address()
                : new InetSocketAddress(port.address().getAddress(), 0);
        int wanted = nextPort++;
        UdpPort.open(loops, loop, address, wanted, server && neighbours.size() > 1, this).addListener((Future<UdpPort> f) -> {
            if (!f.isSuccess()) {
                log.error("no socket for {} connections: {}", sessions.size(), f.cause().toString());
                vanish(CloseReason.of(CloseReason.Kind.UNREACHABLE, CloseReason.Side.SELF, "the socket was closed"));
                return;
            }
            ports.add(f.getNow());
            long now = System.nanoTime();
            for (Session session : sessions.values()) {
                if (session.connection().path().socket() == port.number()) {
                    session.connection().localRebound(now, wanted);
                    touch(session);
                }
            }
        });
    }

    /** As if the system had closed the sockets. */
    public void closeSocketsUnderneath() {
        List.copyOf(ports).forEach(UdpPort::closeUnderneath);
    }

    // ---- connections

    /**
     * A client's connection to {@code remote}, by the one socket.
     *
     * @throws NoRouteToHostException where the system knows no way there
     */
    public Session connect(InetSocketAddress remote) throws NoRouteToHostException {
        Route.localAddress(ports.getFirst().address(), remote);
        long now = System.nanoTime();
        NetworkPath path = new NetworkPath(ports.getFirst().number(), remote);
        Connection connection = Connection.connect(now, path, config, memory.streams, handshakes, this,
                System.currentTimeMillis(), random,
                observer(true, path));
        Session session = session(connection);
        touch(session);
        return session;
    }

    private Session session(Connection connection) {
        Session session = sessions.get(connection);
        if (session == null) {
            session = new Session(this, connection);
            sessions.put(connection, session);
            fresh = connection;
        }
        return session;
    }

    @Override
    public ConnectionId issue(Connection connection) {
        for (;;) {
            ConnectionId id = ConnectionId.create(number, random);
            if (routes.putIfAbsent(id.random(), session(connection))) {
                freshId = id.random();
                return id;
            }
        }
    }

    @Override
    public void retire(ConnectionId id) {
        routes.remove(id.random());
    }

    @Override
    public byte[] resetToken(ConnectionId id) {
        byte[] made = new byte[ResetToken.LENGTH];
        id.write(token, 0);
        resetTokens.write(token, 0, token.length, made, 0);
        return made;
    }

    // ---- datagrams

    @Override
    public void received(UdpPort port, InetSocketAddress from, ByteBuf bytes) {
        int length = bytes.readableBytes();
        if (length > datagram.length || freed) {
            return;
        }
        bytes.getBytes(bytes.readerIndex(), datagram, 0, length);
        turns.reading();
        onDatagram(port, from, length);
    }

    private void onDatagram(UdpPort port, InetSocketAddress from, int length) {
        NetworkPath path = lastPath;
        if (path == null || path.socket() != port.number() || !path.remote().equals(from)) {
            path = new NetworkPath(port.number(), from);
            lastPath = path;
        }
        int at = Acceptor.destinationOffset(datagram, 0, length);
        if (at < 0) {
            if (acceptor != null) {
                stray(port, path, length);
            }
            return;
        }
        Session session = routes.get(ConnectionId.randomAt(datagram, at));
        if (session != null) {
            session.onDatagram(System.nanoTime(), path, datagram, length);
            touch(session);
        } else if (!handOver(path, at, length)) {
            stray(port, path, length);
        }
    }

    /** A datagram for another endpoint at this port: the peer has moved, and the system does not know where it belongs. */
    private boolean handOver(NetworkPath path, int at, int length) {
        int owner = ConnectionId.loopAt(datagram, at);
        if (owner == number || owner >= neighbours.size() || !hasIdOfOurs(datagram)) {
            return false;
        }
        Endpoint neighbour = neighbours.get(owner);
        if (neighbour.strayBytes.addAndGet(length) > STRAYS) {
            neighbour.strayBytes.addAndGet(-length);
            return true;
        }
        byte[] copy = Arrays.copyOf(datagram, length);
        neighbour.loop.execute(() -> neighbour.onStray(path.remote(), copy));
        return true;
    }

    /** Whether the ID is one that we gave out: before the server's first answer a client makes one up. */
    private static boolean hasIdOfOurs(byte[] datagram) {
        return ShortHeader.isShort(datagram[0]) || LongHeader.isHandshake(datagram[0]);
    }

    private void onStray(InetSocketAddress from, byte[] bytes) {
        strayBytes.addAndGet(-bytes.length);
        if (!freed && !ports.isEmpty()) {
            System.arraycopy(bytes, 0, datagram, 0, bytes.length);
            onDatagram(ports.getFirst(), from, bytes.length);
        }
    }

    private void stray(UdpPort port, NetworkPath path, int length) {
        Acceptor accepting = acceptor;
        if (accepting == null) {
            // a stateless reset has no ID of ours: only the connection knows it, by its last bytes
            for (Session session : sessions.values()) {
                if (session.remoteAddress().equals(path.remote())) {
                    session.onDatagram(System.nanoTime(), path, datagram, length);
                    touch(session);
                }
            }
            return;
        }
        fresh = null;
        long now = System.nanoTime();
        Acceptor.Verdict verdict = accepting.onDatagram(now, System.currentTimeMillis(), path, datagram, 0, length,
                accepted == null ? Integer.MAX_VALUE : sessions.size(), unestablished.size());
        Connection begun = fresh;
        if (verdict == Acceptor.Verdict.ACCEPT) {
            Connection connection = accepting.accepted();
            Session session = session(connection);
            ConnectionId original = ConnectionId.read(datagram, Acceptor.destinationOffset(datagram, 0, length));
            routes.putIfAbsent(original.random(), session);
            unestablished.add(session);
            Consumer<Session> taker = accepted;
            if (taker != null) {
                taker.accept(session);
            }
            session.onDatagram(now, path, datagram, length);
            touch(session);
        } else if (begun != null) {
            sessions.remove(begun); // it failed half way, with one ID
            routes.remove(freshId);
        }
        if (verdict == Acceptor.Verdict.ANSWER) {
            port.send(path.remote(), accepting.answer(), accepting.answerLength());
            turns.schedule();
        }
        metering.stranger(accepting);
    }

    @Override
    public void readComplete() {
        turns.readComplete();
    }

    @Override
    public void writableAgain() {
        turns.writableAgain();
    }

    // ---- turns

    void touch(Session session) {
        turns.touch(session);
    }

    /** What a turn does with a session, and at its end. */
    private final class Work implements Turns.Work {
        @Override
        public void begin() {
            memory.used();
        }

        @Override
        public boolean canSend(Session session) {
            UdpPort port = port(session.connection().path().socket());
            if (port == null || port.writable()) {
                return true;
            }
            port.flush();
            return port.writable();
        }

        @Override
        public boolean drive(Session session, long now, int batches) {
            return session.drive(now, memory.batch, batches);
        }

        @Override
        public boolean over(Session session) {
            if (session.connection().isEstablished() || session.terminated()) {
                unestablished.remove(session);
            }
            metering.driven(session);
            if (!session.finished()) {
                return false;
            }
            if (sessions.remove(session.connection()) != null) {
                metering.ended(session);
                session.forget();
                session.connection().free();
            }
            if (shutting && sessions.isEmpty()) {
                free();
            }
            return true;
        }

        @Override
        public long deadline(Session session, long now) {
            return session.nextTimeout(now);
        }

        @Override
        public void flush() {
            ports.forEach(UdpPort::flush);
        }
    }

    // ---- the end

    /** Closes every connection, delivering within {@code linger} what was written, then the sockets. On the loop. */
    public void close(CloseReason reason, Duration linger) {
        shutting = true;
        accepted = null;
        List.copyOf(sessions.values()).forEach(session -> session.close(reason, linger));
        if (sessions.isEmpty()) {
            free();
        }
    }

    /** Closes once the last connection has ended. On the loop. */
    public void closeWhenEmpty() {
        shutting = true;
        accepted = null;
        if (sessions.isEmpty()) {
            free();
        }
    }

    /** Ends at once, as a process that is killed: no peer hears of it. On the loop. */
    public void vanish(CloseReason reason) {
        shutting = true;
        accepted = null;
        for (Session session : List.copyOf(sessions.values())) {
            session.vanish(reason);
            session.connection().free();
            metering.ended(session);
            turns.forget(session);
        }
        sessions.clear();
        free();
    }

    private void free() {
        if (freed) {
            return;
        }
        freed = true;
        turns.end();
        loop.execute(() -> {
            ports.forEach(UdpPort::flush);
            PromiseCombiner all = new PromiseCombiner(loop);
            ports.forEach(port -> all.add((Future<?>) port.close()));
            if (traces != null) {
                all.add((Future<?>) traces.close());
            }
            Promise<Void> done = loop.newPromise();
            all.finish(done);
            done.addListener(f -> closed.trySuccess(null));
        });
    }
}
