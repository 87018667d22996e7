package dev.sluice.rudp;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Hands things from a loop to whoever asks, in order: a bounded queue whose takers wait by futures, or a consumer on the loop. All state
 * belongs to the loop, which alone writes {@code ended}.
 */
final class Handover<T> {
    private final EventLoop loop;
    private final int limit;
    private final ArrayDeque<T> ready = new ArrayDeque<>();
    private final ArrayDeque<Promise<T>> waiting = new ArrayDeque<>();
    private @Nullable Consumer<? super T> consumer;
    private volatile @Nullable IOException ended;

    Handover(EventLoop loop, int limit) {
        this.loop = loop;
        this.limit = limit;
    }

    /** Gives one; false where the queue is full or over. On the loop. */
    boolean offer(T thing) {
        Consumer<? super T> taker = consumer;
        if (taker != null) {
            taker.accept(thing);
            return true;
        }
        for (Promise<T> next = waiting.poll(); next != null; next = waiting.poll()) {
            if (next.trySuccess(thing)) {
                return true;
            }
        }
        return ended == null && ready.size() < limit && ready.add(thing);
    }

    /** The next one; what was given before the end is still given after it. Any thread. */
    Future<T> next() {
        Promise<T> next = loop.newPromise();
        OnLoop.run(loop, next, this::failure, () -> {
            T first = ready.peek();
            IOException failure = ended;
            if (first != null) {
                if (next.trySuccess(first)) {
                    ready.remove();
                }
            } else if (failure != null) {
                next.tryFailure(failure);
            } else {
                waiting.add(next);
            }
        });
        return next;
    }

    /** From now on, and with what has come already, to {@code taker}. Any thread. */
    void giveTo(Consumer<? super T> taker) {
        OnLoop.run(loop, () -> {
            consumer = taker;
            for (T thing = ready.poll(); thing != null; thing = ready.poll()) {
                taker.accept(thing);
            }
        });
    }

    /** Nothing more will come. On the loop. */
    void end(IOException why) {
        ended = why;
        for (Promise<T> next = waiting.poll(); next != null; next = waiting.poll()) {
            next.tryFailure(why);
        }
    }

    /** What nobody took. On the loop. */
    void drain(Consumer<? super T> taker) {
        for (T thing = ready.poll(); thing != null; thing = ready.poll()) {
            taker.accept(thing);
        }
    }

    private IOException failure() {
        IOException why = ended;
        return why != null ? why : new IOException("closed");
    }
}
