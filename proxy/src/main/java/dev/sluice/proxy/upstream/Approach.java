package dev.sluice.proxy.upstream;

import dev.sluice.core.CloseReason;
import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Connection;
import dev.sluice.core.Scope;
import dev.sluice.net.ClientTls;
import io.netty.channel.Channel;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.time.Duration;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * One connection on its way to a next proxy: dial, TLS, dialogue. It ends once, with the stream handed on or closed.
 *
 * <p>Belongs to the connection's loop. The stream may live on another one: what touches its pipeline is handed over there.
 */
final class Approach<T, R> {

    /** What is done on the stream once it stands. */
    @FunctionalInterface
    interface Talk<T> {
        /** Begins; called on the stream's loop. A failure closes the stream. */
        Future<T> begin(Channel stream, Duration limit);
    }

    private final NextProxy next;
    private final Connection connection;
    private final Talk<T> talk;
    private final BiFunction<Channel, T, R> result;
    private final Promise<R> promise;
    private @Nullable Future<?> step; // what is waited for, to be cancelled
    private @Nullable Channel channel; // ours from the dial to the hand-over

    Approach(NextProxy next, Connection connection, Talk<T> talk, BiFunction<Channel, T, R> result) {
        this.next = next;
        this.connection = connection;
        this.talk = talk;
        this.result = result;
        this.promise = connection.loop().newPromise();
    }

    Future<R> begin() {
        on(connection.loop(), this::dial);
        return promise;
    }

    private void dial() {
        Scope.Ownership ownership = connection.scope().own(this::scopeClosed);
        promise.addListener(f -> {
            ownership.release();
            if (!f.isSuccess()) {
                abandon();
            }
        });
        if (promise.isDone()) {
            return;
        }
        Future<Channel> dialled = next.via().connect(connection.to(next.server(), connection.policy().trusted()));
        step = dialled;
        dialled.addListener(f -> on(connection.loop(), () -> dialled(dialled)));
    }

    private void dialled(Future<Channel> dialled) {
        if (!dialled.isSuccess()) {
            fail(dialled.cause());
            return;
        }
        Channel stream = dialled.getNow();
        if (promise.isDone()) {
            stream.close();
            return;
        }
        channel = stream;
        long deadline = now() + connection.scope().within(next.handshake()).toNanos();
        ClientTls tls = next.tls();
        if (tls == null) {
            on(stream.eventLoop(), () -> shake(stream, deadline));
        } else {
            on(stream.eventLoop(),
                    () -> tls.connect(stream, next.server().host().toString(), next.server().port(), left(deadline))
                            .addListener(f -> {
                                if (f.isSuccess()) {
                                    shake(stream, deadline);
                                } else {
                                    on(connection.loop(), () -> fail(f.cause()));
                                }
                            }));
        }
    }

    /** On the stream's loop. */
    private void shake(Channel stream, long deadline) {
        Future<T> shaken = talk.begin(stream, left(deadline));
        shaken.addListener(f -> on(connection.loop(), () -> shaken(stream, shaken)));
    }

    private void shaken(Channel stream, Future<T> shaken) {
        if (!shaken.isSuccess()) {
            promise.tryFailure(shaken.cause());
        } else if (!promise.isDone()) {
            channel = null;
            promise.trySuccess(result.apply(stream, shaken.getNow()));
        }
    }

    private void fail(Throwable error) {
        promise.tryFailure(next.failed(error));
    }

    private @Nullable Future<?> scopeClosed(CloseReason why) {
        Channel open = channel;
        Failure failure = why.kind() == CloseReason.Kind.TIMEOUT ? Failure.TIMEOUT : Failure.CANCELLED;
        promise.tryFailure(
                new ConnectFailedException(failure, "given up on the way to the " + next.who() + ": " + why, why.cause()));
        return open == null ? null : open.closeFuture();
    }

    /** The promise has failed or was cancelled, by whomever. */
    private void abandon() {
        on(connection.loop(), () -> {
            if (step != null) {
                step.cancel(false);
            }
            if (channel != null) {
                channel.close();
                channel = null;
            }
        });
    }

    private long now() {
        return connection.loop().ticker().nanoTime();
    }

    private Duration left(long deadline) {
        return Duration.ofNanos(Math.max(0, deadline - now()));
    }

    private static void on(EventExecutor executor, Runnable task) {
        if (executor.inEventLoop()) {
            task.run();
        } else {
            executor.execute(task);
        }
    }
}
