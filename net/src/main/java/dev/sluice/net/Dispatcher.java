package dev.sluice.net;

import dev.sluice.core.AccessLog;
import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReasons;
import dev.sluice.core.Connection;
import dev.sluice.core.ConnectionTable;
import dev.sluice.core.PacketChannel;
import dev.sluice.core.Route;
import dev.sluice.core.Router;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The one path: every inbound hands its connections here. It asks the router, dials the outbound, relays, and writes the access
 * log; inbounds only speak their protocol.
 *
 * <p>Any loop; one for the whole program. The router is a snapshot that a new configuration swaps.
 */
public final class Dispatcher {
    private static final CloseReason LEFT = CloseReason.of(CloseReason.Kind.CANCELLED, CloseReason.Side.CLIENT,
            "the client left while its target was dialled");

    private final AtomicReference<Router> router;
    private final ConnectionTable table;
    private final AccessLog log;
    private final AtomicReference<RelayOptions> options;

    /** The path of one program. */
    public Dispatcher(Router router, ConnectionTable table, AccessLog log, RelayOptions options) {
        this.router = new AtomicReference<>(router);
        this.table = table;
        this.log = log;
        this.options = new AtomicReference<>(options);
    }

    /**
     * A connection whose target is connected.
     *
     * @param connection what is carried
     * @param route how it went out
     * @param target the stream to it
     */
    public record Dialled(Connection connection, Route route, Channel target) {}

    /** How relays that begin from now on behave. */
    public void use(RelayOptions next) {
        options.set(next);
    }

    /** Takes a new configuration's router; connections that run keep their route. */
    public void use(Router next) {
        router.set(next);
    }

    /** Whether the connection's name is worth sniffing before {@link #dial}; see {@link Router#wantsName}. */
    public boolean wantsName(Connection connection) {
        return router.get().wantsName(connection);
    }

    /** The router's decision; counted, and shown in the connection table. */
    public Route route(Connection connection) {
        Route route = router.get().route(connection);
        table.routed(connection, route);
        return route;
    }

    /**
     * Routes and dials. Cancelling the future cancels the dial, as closing the connection's scope does. A failure is written to
     * the access log here, under {@code what}; the inbound only answers its client.
     *
     * @param what how the access log names the request: {@code SOCKS5}, {@code CONNECT}, {@code tcp}
     * @return fails with a {@link dev.sluice.core.ConnectFailedException}
     */
    public Future<Dialled> dial(Connection connection, String what) {
        Route route = route(connection);
        Promise<Dialled> promise = connection.loop().newPromise();
        Future<Channel> connecting = route.outbound().connect(connection);
        connecting.addListener((Future<Channel> f) -> {
            if (!f.isSuccess()) {
                refused(connection, route, what, promise.isCancelled() ? LEFT : CloseReasons.classify(f.cause()));
                promise.tryFailure(f.cause());
            } else if (!promise.trySuccess(new Dialled(connection, route, f.getNow()))) {
                f.getNow().close();
                refused(connection, route, what, LEFT);
            }
        });
        promise.addListener(f -> {
            if (f.isCancelled()) {
                connecting.cancel(false);
            }
        });
        return promise;
    }

    private void refused(Connection connection, Route route, String what, CloseReason reason) {
        Duration took = Duration.ofNanos(System.nanoTime() - connection.openedNanos());
        log.ended(new AccessLog.Ended(connection, route, what, 0, 0, 0, took, reason));
    }

    /** Relays until both ends are done, then closes the connection's scope. The client has been told of its success. */
    public Future<RelayResult> carry(Dialled dialled, Channel client, String what) {
        Connection connection = dialled.connection();
        log.established(connection, dialled.route());
        Future<RelayResult> done = Relay.join(connection, client, dialled.target(), options.get());
        done.addListener((Future<RelayResult> f) -> {
            RelayResult r = f.getNow();
            log.ended(new AccessLog.Ended(connection, dialled.route(), what, 0, r.up(), r.down(), r.duration(), r.reason()));
            connection.scope().close(r.reason());
        });
        return done;
    }

    /** Routes and opens a packet flow. The inbound moves the packets, and reports the end by {@link #ended}. */
    public Future<PacketChannel> associate(Connection connection) {
        return route(connection).outbound().associate(connection);
    }

    /** Writes to the access log that something which the dispatcher does not carry itself, such as a UDP flow, stands. */
    public void established(Connection connection, Route route) {
        log.established(connection, route);
    }

    /** Writes the access line of something that the dispatcher did not carry itself: a refusal, an HTTP exchange, a UDP flow. */
    public void ended(AccessLog.Ended ended) {
        log.ended(ended);
    }

    /** Writes the access line of a request that came to be no connection. */
    public void refused(AccessLog.Refused refused) {
        log.refused(refused);
    }
}
