package dev.sluice.anytls;

import dev.sluice.anytls.auth.PasswordHash;
import dev.sluice.anytls.session.Anomaly;
import dev.sluice.anytls.uot.Uot;
import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.Connection;
import dev.sluice.core.ConnectionId;
import dev.sluice.core.Destination;
import dev.sluice.core.Host;
import dev.sluice.core.Outbound;
import dev.sluice.core.PacketChannel;
import dev.sluice.core.Policy;
import dev.sluice.core.ProtocolException;
import dev.sluice.core.Scope;
import dev.sluice.core.Traffic;
import dev.sluice.net.ClientTls;
import dev.sluice.net.ReadHold;
import dev.sluice.proxy.upstream.FarTargets;
import dev.sluice.proxy.upstream.NextProxy;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reaches targets through an AnyTLS server: streams in pooled sessions, packets by UDP over TCP in streams. Names are sent to the
 * server, which resolves them.
 *
 * <p>Any loop; each has a {@link SessionPool} of its own.
 */
public final class AnyTlsOutbound implements Outbound {
    private static final Logger log = LoggerFactory.getLogger(AnyTlsOutbound.class);

    private final String name;
    private final NextProxy server;
    private final byte[] passwordHash;
    private final AnyTlsClientOptions options;
    private final SchemeMemory schemes;
    private final SessionObserver observer;
    private final Map<EventLoop, SessionPool> pools;
    private final AtomicBoolean firstVersion = new AtomicBoolean();

    /**
     * A client of one server. Reads a file: off the loops.
     *
     * @param password never logged
     * @param via how the server is reached: a direct outbound, or the hop before this one in a chain
     * @param schemes the directory where learned padding schemes are kept; null to forget them
     * @param scope owns the sessions; closing it closes them, draining it closes each pool with its last session
     * @param loops all loops of the program
     */
    public AnyTlsOutbound(String name, Destination server, String password, ClientTls tls, Outbound via,
            AnyTlsClientOptions options, @Nullable Path schemes, Scope scope, List<EventLoop> loops, SessionObserver observer) {
        this.name = name;
        this.server = new NextProxy("AnyTLS server", server, via, tls, options.handshake());
        this.passwordHash = PasswordHash.of(password);
        this.options = via.perClient() ? options.withoutReuse() : options;
        this.schemes = SchemeMemory.of(schemes, server.toString());
        this.observer = observer;
        Access access = new Access();
        Map<EventLoop, SessionPool> made = new HashMap<>();
        for (EventLoop loop : loops) {
            int minIdle = (this.options.minIdle() + loops.size() - 1 - made.size()) / loops.size();
            Scope own = scope.child("outbound " + name, loop);
            own.onDrain(own::closeWhenEmpty);
            made.put(loop, new SessionPool(own, access, this.options, minIdle, observer));
        }
        this.pools = Map.copyOf(made);
        pools.forEach((loop, pool) -> loop.execute(pool::warm));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Future<Channel> connect(Connection connection) {
        if (!FarTargets.allowed(connection)) {
            return connection.loop().newFailedFuture(FarTargets.refusal(connection));
        }
        Destination target = connection.destination();
        return open(connection, target.host(), target.port(), true, stream -> {
            ReadHold hold = stream.pipeline().get(ReadHold.class);
            if (hold != null) {
                hold.ownedBy(connection.scope());
            }
            return stream;
        });
    }

    /** The stream is not waited for: the server answers it when it has read the request, which goes right behind the address. */
    @Override
    public Future<PacketChannel> associate(Connection connection) {
        if (!FarTargets.allowed(connection)) {
            return connection.loop().newFailedFuture(FarTargets.refusal(connection));
        }
        if (options.udpConnect()) {
            return connection.loop().newSucceededFuture(
                    new UotConnectedFlow(connection, target -> open(connection, Uot.VERSION_2, target.port(), false,
                            stream -> UotFlow.over(stream, target, true, connection.policy()))));
        }
        return open(connection, Uot.VERSION_2, 0, false,
                stream -> UotFlow.over(stream, connection.destination(), false, connection.policy()));
    }

    private <T> Future<T> open(Connection connection, Host host, int port, boolean awaiting, Function<AnyTlsStream, T> result) {
        EventLoop loop = connection.loop();
        Promise<T> promise = loop.newPromise();
        SessionPool pool = pools.get(loop);
        if (pool == null) {
            return promise.setFailure(
                    new ConnectFailedException(ConnectFailedException.Failure.INTERNAL, "a loop of another program", null));
        }
        if (loop.inEventLoop()) {
            open(pool, connection, host, port, awaiting, result, promise);
        } else {
            loop.execute(() -> open(pool, connection, host, port, awaiting, result, promise));
        }
        return promise;
    }

    private static <T> void open(SessionPool pool, Connection connection, Host host, int port, boolean awaiting,
            Function<AnyTlsStream, T> result, Promise<T> promise) {
        Future<AnyTlsStream> opened = pool.open(connection, host, port, awaiting);
        promise.addListener(f -> {
            if (f.isCancelled()) {
                opened.cancel(false);
            }
        });
        opened.addListener(f -> {
            if (!opened.isSuccess()) {
                promise.tryFailure(opened.cause());
            } else if (promise.isDone()) {
                opened.getNow().close();
            } else {
                promise.trySuccess(result.apply(opened.getNow()));
            }
        });
    }

    @Override
    public boolean perClient() {
        return server.via().perClient();
    }

    /** The network has changed: idle sessions are closed, those in use take no new streams. Any thread. */
    public void reset() {
        pools.forEach((loop, pool) -> loop.execute(pool::reset));
    }

    /** How many sessions {@code loop} has; on it. For tests. */
    int sessions(EventLoop loop) {
        SessionPool pool = pools.get(loop);
        return pool == null ? 0 : pool.size();
    }

    /** How many of them have room for another stream; on the loop. For tests. */
    int free(EventLoop loop) {
        SessionPool pool = pools.get(loop);
        return pool == null ? 0 : pool.free();
    }

    /** What the pools ask for. */
    private final class Access implements SessionPool.Server {
        @Override
        public Future<Channel> dial(Connection connection) {
            return server.open(connection, Function.identity());
        }

        @Override
        public AnyTlsClientSession.Terms terms() {
            return new AnyTlsClientSession.Terms(passwordHash, schemes.scheme(), options.client(), options.answer().toNanos(),
                    firstVersion.get());
        }

        @Override
        public void scheme(byte[] text) {
            try {
                schemes.learn(text);
            } catch (ProtocolException e) {
                observer.count(Anomaly.BAD_SCHEME);
                log.debug("outbound {}: {}", name, e.getMessage());
            }
        }

        @Override
        public void version(int version) {
            firstVersion.set(version == 1);
        }

        @Override
        public Connection unasked(Scope scope) {
            return new Connection(ConnectionId.next(), name, null, new InetSocketAddress(0), server.server(), Policy.OPEN, scope,
                    new Traffic(List.of()));
        }
    }
}
