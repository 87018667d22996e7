package dev.sluice.stream;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The sending half: hands bytes to the channel, never more than {@code limit} that it has not sent yet.
 *
 * <p>What was handed over counts as {@code pending} before the writer looks whether output has ended, and the end looks at {@code
 * pending} after it was set: so either the writer is refused or the end waits for its bytes. A write that returned is never lost.
 */
final class WriteHalf {
    private static final int CHUNK = 64 * 1024;

    private final Channel channel;
    private final Condition condition;
    private final int limit;
    private final Runnable drained;
    private final Consumer<Throwable> failed;
    private final Parking parking = new Parking("Write timed out");
    private final AtomicInteger pending = new AtomicInteger();
    private final ConcurrentLinkedQueue<CompletableFuture<Void>> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicReference<@Nullable CloseReason> broken = new AtomicReference<>();
    private volatile boolean ended;

    /** Fills {@code into} with its next {@code length} bytes. */
    @FunctionalInterface
    interface Source {
        void give(ByteBuf into, int length);
    }

    /**
     * A half of an open stream.
     *
     * @param drained called when output has ended and everything accepted is sent; any thread, maybe several times
     * @param failed hears on the loop of a write that the channel could not make
     */
    WriteHalf(Channel channel, Condition condition, int limit, Runnable drained, Consumer<Throwable> failed) {
        this.channel = channel;
        this.condition = condition;
        this.limit = limit;
        this.drained = drained;
        this.failed = failed;
    }

    Parking parking() {
        return parking;
    }

    // Writers.

    /** Writes all, and parks while the peer is slow. The time-out is one without progress. */
    void write(int length, Source source) throws IOException {
        check();
        long deadline = parking.deadline();
        int done = 0;
        try {
            parking.enter(deadline);
            try {
                while (done < length) {
                    int n = offer(length - done, source);
                    if (n > 0) {
                        done += n;
                        deadline = parking.deadline();
                    } else {
                        int left = length - done;
                        parking.park(() -> roomFor(left) || over(), deadline);
                    }
                }
            } finally {
                parking.leave();
            }
        } catch (InterruptedIOException e) {
            e.bytesTransferred = done;
            throw e;
        }
    }

    /** Takes what fits now. */
    int tryWrite(int length, Source source) throws IOException {
        check();
        if (length == 0 || !parking.tryEnter()) {
            return 0;
        }
        try {
            int done = 0;
            for (int n = offer(length, source); n > 0; n = offer(length - done, source)) {
                done += n;
                if (done == length) {
                    break;
                }
            }
            return done;
        } finally {
            parking.leave();
        }
    }

    /** A little room is not used while much is wanted: chunks of a few bytes would cost a system call each. */
    private boolean roomFor(int length) {
        int room = limit - pending.get();
        return room >= Math.min(length, limit / 2);
    }

    private int offer(int length, Source source) throws IOException {
        check();
        int n = Math.min(Math.min(length, CHUNK), limit - pending.get());
        if (n <= 0) {
            return 0;
        }
        pending.addAndGet(n);
        if (over()) {
            sent(n);
            check();
        }
        ByteBuf bytes = channel.alloc().buffer(n);
        source.give(bytes, n);
        channel.writeAndFlush(bytes).addListener((Future<Void> f) -> {
            if (!f.isSuccess()) {
                failed.accept(f.cause());
            }
            sent(n);
        });
        return n;
    }

    private void check() throws IOException {
        if (condition.over()) {
            throw condition.error();
        }
        CloseReason failure = broken.get();
        if (failure != null) {
            throw Condition.error(false, failure);
        }
        if (ended) {
            throw new StreamClosedException(CloseReason.of(Kind.FINISHED, Side.SELF, "output has ended"));
        }
    }

    CompletableFuture<Void> writable() {
        CompletableFuture<Void> future = new CompletableFuture<>();
        if (!tell(future, halfIsFree())) {
            waiting.add(future);
            if (over() || halfIsFree()) {
                tellWaiting();
            }
        }
        return future;
    }

    private boolean halfIsFree() {
        return pending.get() <= limit / 2;
    }

    private boolean tell(CompletableFuture<Void> future, boolean room) {
        try {
            check();
        } catch (IOException e) {
            return future.completeExceptionally(e);
        }
        return room && future.complete(null);
    }

    private void tellWaiting() {
        for (CompletableFuture<Void> f = waiting.poll(); f != null; f = waiting.poll()) {
            tell(f, true);
        }
    }

    // Any thread.

    /** No more is accepted; what is accepted will be sent. */
    void end() {
        ended = true;
        wake();
        tellIfDrained();
    }

    boolean ended() {
        return ended;
    }

    /** Whether output has ended and nothing that was accepted is left. */
    boolean drained() {
        return ended && pending.get() == 0;
    }

    /** Nothing more can be sent, while input may go on. The first reason stays. */
    void fail(CloseReason reason) {
        if (broken.compareAndSet(null, reason)) {
            wake();
        }
    }

    /** Why nothing more can be sent; null where it can, or where the whole stream is over. */
    @Nullable
    CloseReason broken() {
        return broken.get();
    }

    /** Whether the next write is refused. */
    private boolean over() {
        return ended || condition.over() || broken.get() != null;
    }

    /** The condition has changed. */
    void wake() {
        parking.wake();
        if (over()) {
            tellWaiting();
        }
    }

    private void sent(int n) {
        int left = pending.addAndGet(-n);
        if (left <= limit / 2) {
            parking.wake();
            tellWaiting();
        }
        tellIfDrained();
    }

    private void tellIfDrained() {
        if (drained()) {
            drained.run();
        }
    }
}
