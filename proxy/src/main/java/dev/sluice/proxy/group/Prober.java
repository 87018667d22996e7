package dev.sluice.proxy.group;

import dev.sluice.core.CloseReason;
import dev.sluice.core.Connection;
import dev.sluice.core.ConnectionId;
import dev.sluice.core.Destination;
import dev.sluice.core.Policy;
import dev.sluice.core.Scope;
import dev.sluice.core.Traffic;
import dev.sluice.proxy.upstream.Handshake;
import dev.sluice.proxy.upstream.HttpConnect;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Connects through one member now and then, and tells what came of it. The operator chose the target, so whatever fails is held
 * against the member.
 *
 * <p>Belongs to the loop of its scope, and ends with it.
 */
public final class Prober {
    private static final InetSocketAddress HERE = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final Members members;
    private final Member member;
    private final Destination target;
    private final @Nullable String path;
    private final Duration interval;
    private final Duration timeout;
    private final Scope scope;
    private @Nullable ScheduledFuture<?> timer;

    private Prober(Members members, Member member, Destination target, @Nullable String path, Duration interval, Duration timeout,
            Scope scope) {
        this.members = members;
        this.member = member;
        this.target = target;
        this.path = path;
        this.interval = interval;
        this.timeout = timeout;
        this.scope = scope;
    }

    /**
     * Begins to probe every member; the first time at once, spread over a tenth of the interval.
     *
     * @param path what is asked for with HEAD; null where the connection itself is the proof
     * @param scope on an event loop; ends the probes when it closes
     */
    public static void start(Members members, Destination target, @Nullable String path, Duration interval, Duration timeout,
            Scope scope) {
        for (Member member : members.all()) {
            Prober prober = new Prober(members, member, target, path, interval, timeout, scope);
            scope.executor().execute(prober::begin);
        }
    }

    private void begin() {
        scope.own(why -> {
            if (timer != null) {
                timer.cancel(false);
            }
            return null;
        });
        schedule(interval.toNanos() / 10.0 * members.random().nextDouble());
    }

    private void schedule(double nanos) {
        if (scope.isOpen()) {
            timer = scope.executor().schedule(this::probe, (long) nanos, TimeUnit.NANOSECONDS);
        }
    }

    private void probe() {
        Scope attempt = scope.child("probe");
        attempt.expireAfter(timeout);
        Connection connection = new Connection(ConnectionId.next(), "probe", null, HERE, target, Policy.OPEN, attempt,
                new Traffic(List.of()));
        Future<Channel> stream = member.outbound().connect(connection);
        stream.addListener(f -> {
            if (!stream.isSuccess()) {
                end(attempt, stream.cause());
            } else if (path == null) {
                end(attempt, null);
            } else {
                ask(attempt, stream.getNow(), path);
            }
        });
    }

    private void ask(Scope attempt, Channel stream, String what) {
        Duration left = attempt.within(timeout);
        attempt.own(why -> stream.close());
        Runnable talk = () -> Handshake
                .begin(stream, "probe of " + target, HttpConnect.head("probe of " + target, target.toString(), what), left,
                        attempt)
                .addListener(f -> attempt.executor().execute(() -> end(attempt, f.cause())));
        if (stream.eventLoop().inEventLoop()) {
            talk.run();
        } else {
            stream.eventLoop().execute(talk);
        }
    }

    private void end(Scope attempt, @Nullable Throwable failure) {
        attempt.close(CloseReason.finished());
        if (!scope.isOpen()) {
            return;
        }
        if (failure == null) {
            members.worked(member);
        } else {
            members.failed(member, failure);
        }
        schedule(interval.toNanos() * (0.9 + 0.2 * members.random().nextDouble()));
    }
}
