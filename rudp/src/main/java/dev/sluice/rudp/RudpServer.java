package dev.sluice.rudp;

import dev.sluice.core.CloseReason;
import dev.sluice.core.Scope;
import dev.sluice.net.EventLoops;
import dev.sluice.net.Transport;
import dev.sluice.rudp.channel.Endpoint;
import dev.sluice.rudp.channel.Session;
import dev.sluice.rudp.protocol.ConnectionConfig;
import dev.sluice.rudp.protocol.NoiseHandshakes;
import dev.sluice.rudp.protocol.crypto.PublicKey;
import dev.sluice.rudp.protocol.crypto.RetryCookie;
import dev.sluice.rudp.protocol.crypto.StaticKey;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.PromiseCombiner;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Takes connections of reliable UDP, on one socket or on several that share a port. Any thread. */
public final class RudpServer implements AutoCloseable {
    /** Connections that wait for {@link #accept}; beyond it they are closed. */
    private static final int BACKLOG = 1024;

    private final RudpConfig config;
    private final StaticKey key;
    private final boolean freshKey;
    private final List<Endpoint> endpoints;
    private final EventLoop loop;
    private final Handover<RudpConnection> connections;
    private final @Nullable Consumer<RudpConnection> taker;
    private final Promise<Void> closed;
    private volatile InetSocketAddress address = new InetSocketAddress(0);

    private RudpServer(RudpConfig config, StaticKey key, boolean freshKey, List<Endpoint> endpoints,
            @Nullable Consumer<RudpConnection> taker) {
        this.config = config;
        this.key = key;
        this.freshKey = freshKey;
        this.endpoints = endpoints;
        this.taker = taker;
        loop = endpoints.getFirst().loop();
        connections = new Handover<>(loop, BACKLOG);
        closed = loop.newPromise();
    }

    /**
     * Listens, on event loops of its own that end with it.
     *
     * @param address port 0 lets the system choose
     * @throws java.net.BindException whose message names the address and the cause
     */
    public static RudpServer bind(InetSocketAddress address, RudpConfig config) throws IOException {
        Path file = config.keyFile();
        StaticKey key = config.key() == null && file != null ? KeyFile.read(file) : config.key();
        Transport transport = EventLoops.unavailable(Transport.EPOLL) == null ? Transport.EPOLL : Transport.NIO;
        EventLoops loops = EventLoops.create(transport, config.sockets());
        try {
            RudpServer server = Blocking.await(loops.all().getFirst(),
                    open(loops, loops.all().getFirst(), address, config, key, null));
            server.closed.addListener(f -> loops.close());
            return server;
        } catch (IOException | RuntimeException e) {
            loops.close();
            throw e;
        }
    }

    /**
     * Listens, for programs of Netty. {@link RudpConfig#keyFile} is not looked at: it is a file, and whoever calls this may be on a loop.
     *
     * @param scope owns the server; its executor is a loop of {@code loops}
     * @param accepted gets each connection, on the connection's loop, and owns it
     */
    public static Future<RudpServer> bind(EventLoops loops, Scope scope, InetSocketAddress address, RudpConfig config,
            Consumer<RudpConnection> accepted) {
        StaticKey key = config.key();
        EventLoop loop = (EventLoop) scope.executor();
        Future<RudpServer> bound = open(loops, loop, address, config, key, accepted);
        bound.addListener((Future<RudpServer> f) -> {
            if (f.isSuccess()) {
                RudpServer server = f.getNow();
                Scope.Ownership ownership = scope.own(why -> {
                    server.close(why);
                    return server.closed;
                });
                server.closed.addListener(c -> ownership.release());
            }
        });
        return bound;
    }

    /**
     * The key of a file, for {@link RudpConfig.Builder#key}; made and written there, readable by its owner only, where there is none. Not
     * on an event loop.
     */
    public static StaticKey keyOf(Path file) throws IOException {
        return KeyFile.read(file);
    }

    private static Future<RudpServer> open(EventLoops loops, EventLoop first, InetSocketAddress address, RudpConfig config,
            @Nullable StaticKey known, @Nullable Consumer<RudpConnection> taker) {
        StaticKey key = known != null ? known : StaticKey.generate();
        ConnectionConfig settings = Settings.of(config);
        NoiseHandshakes handshakes = NoiseHandshakes.server(key, config.secret());
        List<EventLoop> chosen = loopsFor(loops, first, config);
        List<Endpoint> endpoints = new ArrayList<>();
        for (int i = 0; i < chosen.size(); i++) {
            Endpoint endpoint = new Endpoint(loops, chosen.get(i), i, settings, handshakes, key);
            endpoint.observe(config.statistics(), config.traceDirectory());
            endpoints.add(endpoint);
        }
        RudpServer server = new RudpServer(config, key, known == null, List.copyOf(endpoints), taker);
        Promise<RudpServer> opened = first.newPromise();
        server.open(0, address, new RetryCookie.Seed(), opened);
        return opened;
    }

    /** Early data must not be let in twice, so one loop sees it all. */
    private static List<EventLoop> loopsFor(EventLoops loops, EventLoop first, RudpConfig config) {
        List<EventLoop> chosen = new ArrayList<>();
        chosen.add(first);
        boolean several = loops.transport() == Transport.EPOLL && !config.earlyData();
        for (EventLoop other : loops.all()) {
            if (several && chosen.size() < config.sockets() && !other.equals(first)) {
                chosen.add(other);
            }
        }
        return chosen;
    }

    private void open(int index, InetSocketAddress wanted, RetryCookie.Seed seed, Promise<RudpServer> opened) {
        Endpoint endpoint = endpoints.get(index);
        endpoint.loop().execute(() -> {
            endpoint.neighbours(endpoints);
            endpoint.listen(Math.max(1, config.maxConnections() / endpoints.size()), seed, freshKey, this::begun);
            endpoint.open(wanted, endpoints.size() > 1).addListener((Future<InetSocketAddress> f) -> {
                if (!f.isSuccess()) {
                    opened.tryFailure(f.cause());
                    close();
                    return;
                }
                address = f.getNow();
                if (index + 1 < endpoints.size()) {
                    open(index + 1, new InetSocketAddress(wanted.getAddress(), address.getPort()), seed, opened);
                    return;
                }
                watch();
                if (!opened.trySuccess(this)) {
                    close();
                }
            });
        });
    }

    private void watch() {
        loop.execute(() -> {
            PromiseCombiner all = new PromiseCombiner(loop);
            endpoints.forEach(endpoint -> all.add((Future<?>) endpoint.closed()));
            Promise<Void> done = loop.newPromise();
            all.finish(done);
            done.addListener(f -> {
                connections.end(Session.failure(CloseReason.shutdown("the server is closed")));
                closed.trySuccess(null);
            });
        });
    }

    /** A client's first packet was good; whoever accepts gets it once the client has shown that it is there. On its loop. */
    private void begun(Session session) {
        RudpConnection connection = RudpConnection.of(session, config.linger(), false);
        connection.ready().addListener(f -> {
            if (!f.isSuccess()) {
                return;
            }
            if (taker != null) {
                taker.accept(connection);
            } else {
                loop.execute(() -> {
                    if (!connections.offer(connection)) {
                        connection.close("nobody accepts connections here");
                    }
                });
            }
        });
    }

    /**
     * Waits for the next connection. Not on an event loop.
     *
     * @throws IOException where the server is closed
     */
    public RudpConnection accept() throws IOException {
        return Blocking.await(loop, connections.next());
    }

    /** The local address, with the port that the system chose. */
    public InetSocketAddress address() {
        return address;
    }

    /** The key by which clients know this server. */
    public PublicKey key() {
        return key.publicKey();
    }

    /**
     * Takes no more connections, lets those that are there finish, and closes what is left after {@code limit}. Does not wait: what it
     * gives is {@link #closed}.
     */
    public Future<?> drain(Duration limit) {
        long nanos = TimeUnit.NANOSECONDS.convert(limit);
        each(endpoint -> {
            endpoint.closeWhenEmpty();
            Future<?> end = endpoint.loop().schedule(
                    () -> endpoint.close(CloseReason.shutdown("the server goes away"), Duration.ZERO), nanos,
                    TimeUnit.NANOSECONDS);
            endpoint.closed().addListener(f -> end.cancel(false));
        });
        return closed;
    }

    /** Closes every connection, delivering within the configured linger what was written. Does not wait: see {@link #closed}. */
    @Override
    public void close() {
        close(CloseReason.shutdown("the server goes away"));
    }

    private void close(CloseReason reason) {
        each(endpoint -> endpoint.close(reason, config.linger()));
    }

    /** On the loop of each endpoint; those that have ended are left out. */
    private void each(Consumer<Endpoint> task) {
        for (Endpoint endpoint : endpoints) {
            OnLoop.run(endpoint.loop(), () -> task.accept(endpoint));
        }
    }

    /** Done when everything is freed. */
    public Future<?> closed() {
        return closed;
    }

    /** As a process that is killed: no peer hears of it. */
    void vanish() {
        each(endpoint -> endpoint.vanish(CloseReason.shutdown("gone")));
    }

    /** As if the system had closed the sockets. */
    void closeSocketsUnderneath() {
        each(Endpoint::closeSocketsUnderneath);
    }

    @Override
    public String toString() {
        return "rudp server at " + address;
    }
}
