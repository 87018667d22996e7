package dev.sluice.http;

import dev.sluice.core.CloseReason;
import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.Connection;
import dev.sluice.core.Destination;
import dev.sluice.core.Outbound;
import dev.sluice.core.Scope;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The origin connections of one event loop: those that are idle, kept for the next request, and how new ones are made.
 *
 * <p>Each connection has a scope of its own below the pool's, so that it outlives the exchange that it was opened for. The newest
 * idle one is used first, so that the others age out. Belongs to its loop.
 */
final class OriginPool {

    /**
     * What a connection can be used for again.
     *
     * @param outbound through which it was opened
     * @param destination where it ends; null where it ends at a proxy that takes every target
     * @param allowPrivate whether it was opened with the right to private addresses, which another client may lack
     */
    record Key(Outbound outbound, @Nullable Destination destination, boolean allowPrivate) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key k && outbound.equals(k.outbound) && Objects.equals(destination, k.destination)
                    && allowPrivate == k.allowPrivate;
        }

        @Override
        public int hashCode() {
            return 31 * (31 * outbound.hashCode() + Objects.hashCode(destination)) + Boolean.hashCode(allowPrivate);
        }
    }

    /** A request that cannot be sent twice takes only a connection that was alive so recently. */
    private static final long SURELY_ALIVE = TimeUnit.SECONDS.toNanos(1);

    private final EventLoop loop;
    private final Scope scope;
    private final HttpLimits limits;
    private final Map<Key, ArrayDeque<Http1OriginConnection>> idle = new HashMap<>();
    private int idleTotal;
    private boolean draining;
    private @Nullable ScheduledFuture<?> sweep;

    OriginPool(EventLoop loop, Scope scope, HttpLimits limits) {
        this.loop = loop;
        this.scope = scope;
        this.limits = limits;
        scope.onDrain(() -> {
            draining = true;
            closeIdle(Long.MAX_VALUE, CloseReason.shutdown("draining"));
            scope.closeWhenEmpty();
        });
        scope.own(reason -> {
            ScheduledFuture<?> s = sweep;
            if (s != null) {
                s.cancel(false);
            }
            return null;
        });
    }

    /** Finds an idle connection for the request or opens one; calls {@link OriginRequest#opened} or {@link OriginRequest#openFailed}, perhaps at once. */
    void open(OriginRequest request, boolean fresh) {
        Connection connection = request.connection();
        Outbound outbound = request.outbound();
        if (!fresh) {
            Http1OriginConnection kept = take(request, connection, outbound);
            if (kept != null) {
                request.opened(kept.usedBy(request.pinned()));
                return;
            }
        }
        dial(request, connection, outbound);
    }

    private @Nullable Http1OriginConnection take(OriginRequest request, Connection connection, Outbound outbound) {
        boolean allowPrivate = connection.policy().allowPrivate();
        Key exact = new Key(outbound, connection.destination(), allowPrivate);
        Http1OriginConnection kept = request.pinned().take(exact);
        if (kept != null || outbound.perClient()) {
            return kept;
        }
        long notBefore = request.head().isIdempotent() ? Long.MIN_VALUE : now() - SURELY_ALIVE;
        kept = take(exact, notBefore);
        if (kept == null && outbound instanceof HttpForwarding) {
            kept = take(new Key(outbound, null, allowPrivate), notBefore);
        }
        return kept;
    }

    private @Nullable Http1OriginConnection take(Key key, long notBefore) {
        ArrayDeque<Http1OriginConnection> stack = idle.get(key);
        if (stack == null) {
            return null;
        }
        Http1OriginConnection newest = stack.peekFirst();
        if (newest == null || (notBefore != Long.MIN_VALUE && newest.idleSince() - notBefore < 0)) {
            return null;
        }
        stack.removeFirst();
        idleTotal--;
        return newest;
    }

    private void dial(OriginRequest request, Connection connection, Outbound outbound) {
        Scope own = scope.child("origin");
        request.dialling(own);
        Connection within = connection.within(own);
        if (outbound instanceof HttpForwarding forwarding) {
            forwarding.connectHop(within).addListener((Future<HttpForwarding.Hop> f) -> dialled(request, outbound, own, f,
                    f.isSuccess() ? f.getNow() : null));
        } else {
            outbound.connect(within).addListener((Future<Channel> f) -> dialled(request, outbound, own, f,
                    f.isSuccess() ? HttpForwarding.Hop.toTarget(f.getNow()) : null));
        }
    }

    private void dialled(OriginRequest request, Outbound outbound, Scope own, Future<?> f, HttpForwarding.@Nullable Hop hop) {
        if (hop == null) {
            Throwable cause = f.cause();
            own.close(CloseReason.cancelled("not connected"));
            request.openFailed(cause instanceof ConnectFailedException c
                    ? c
                    : new ConnectFailedException(ConnectFailedException.Failure.INTERNAL, "dialling failed", cause));
            return;
        }
        if (!own.isOpen() || request.isOver()) {
            hop.channel().close();
            own.close(CloseReason.cancelled("nobody waits for it"));
            return;
        }
        Connection connection = request.connection();
        Key key = new Key(outbound, hop.proxy() ? null : connection.destination(), connection.policy().allowPrivate());
        Http1OriginConnection opened = new Http1OriginConnection(this, key, own, hop, limits).usedBy(request.pinned());
        if (outbound.perClient()) {
            opened.pin();
        }
        opened.start();
        request.opened(opened);
    }

    /** Keeps a connection whose exchange is done; false where there is no room. */
    boolean keep(Http1OriginConnection connection) {
        if (draining || !scope.isOpen() || idleTotal >= limits.originIdleTotal()) {
            return false;
        }
        ArrayDeque<Http1OriginConnection> stack = idle.computeIfAbsent(connection.key(), k -> new ArrayDeque<>(4));
        if (stack.size() >= limits.originIdlePerKey()) {
            return false;
        }
        stack.addFirst(connection);
        idleTotal++;
        if (sweep == null) {
            long period = Math.max(1, limits.originIdle().toMillis() / 4);
            sweep = loop.schedule(this::sweep, period, TimeUnit.MILLISECONDS);
        }
        return true;
    }

    /** The connection is gone. */
    void forget(Http1OriginConnection connection) {
        ArrayDeque<Http1OriginConnection> stack = idle.get(connection.key());
        if (stack != null && stack.remove(connection)) {
            idleTotal--;
            if (stack.isEmpty()) {
                idle.remove(connection.key());
            }
        }
    }

    private void sweep() {
        sweep = null;
        closeIdle(now() - limits.originIdle().toNanos(),
                CloseReason.of(CloseReason.Kind.IDLE, CloseReason.Side.SELF, "origin idle"));
        if (idleTotal > 0) {
            sweep = loop.schedule(this::sweep, Math.max(1, limits.originIdle().toMillis() / 4), TimeUnit.MILLISECONDS);
        }
    }

    private void closeIdle(long before, CloseReason why) {
        for (ArrayDeque<Http1OriginConnection> stack : List.copyOf(idle.values())) {
            for (Http1OriginConnection connection : List.copyOf(stack)) {
                if (before == Long.MAX_VALUE || connection.idleSince() - before < 0) {
                    connection.close(why);
                }
            }
        }
        idle.values().removeIf(ArrayDeque::isEmpty);
    }

    long now() {
        return System.nanoTime();
    }

    /** Idle connections now. */
    int idle() {
        return idleTotal;
    }
}
