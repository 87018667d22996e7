package dev.sluice.stream;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The receiving half: bytes that the event loop has queued and a reader has not taken yet.
 *
 * <p>The loop adds and says when input has ended; readers, one at a time, take. What is told last is seen last: the end is set after
 * the last byte was added, so a reader that sees the end looks at the queue once more.
 */
final class ReadHalf {
    /** Takes {@code length} bytes off {@code from}. */
    @FunctionalInterface
    interface Sink {
        void take(ByteBuf from, int length);
    }

    private final Condition condition;
    private final int limit;
    private final Runnable resume;
    private final Parking parking = new Parking("Read timed out");
    private final ConcurrentLinkedQueue<ByteBuf> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger queued = new AtomicInteger();
    private volatile boolean ended;
    private volatile boolean paused;
    private @Nullable ByteBuf first; // with the turn

    /**
     * A half of an open stream.
     *
     * @param resume asks the loop to read on, after it had {@linkplain #full() seen} the buffer full
     */
    ReadHalf(Condition condition, int limit, Runnable resume) {
        this.condition = condition;
        this.limit = limit;
        this.resume = resume;
    }

    Parking parking() {
        return parking;
    }

    int available() {
        return queued.get();
    }

    // The event loop.

    void add(ByteBuf bytes) {
        queued.addAndGet(bytes.readableBytes());
        queue.add(bytes);
        parking.wake();
        dropIfClosed();
    }

    void end() {
        ended = true;
        parking.wake();
    }

    boolean ended() {
        return ended;
    }

    /** Whether reading pauses until a reader has made room; {@code resume} is called then. */
    boolean full() {
        if (queued.get() < limit) {
            return false;
        }
        paused = true;
        if (queued.get() < limit) {
            paused = false;
            return false;
        }
        return true;
    }

    /** The condition has changed. Any thread. */
    void wake() {
        parking.wake();
        dropIfClosed();
    }

    // Readers.

    /** At least one byte and at most {@code length}; -1 where input has ended. */
    int read(int length, Sink sink) throws IOException {
        long deadline = parking.deadline();
        parking.enter(deadline);
        try {
            for (;;) {
                if (condition.closed()) {
                    throw condition.error();
                }
                boolean end = ended;
                boolean over = condition.over();
                int taken = take(length, sink);
                if (taken > 0) {
                    return taken;
                }
                if (end) {
                    return -1;
                }
                if (over) {
                    throw condition.error();
                }
                parking.park(() -> ended || condition.over() || !queue.isEmpty(), deadline);
            }
        } finally {
            parking.leave();
            dropIfClosed();
        }
    }

    private int take(int length, Sink sink) {
        int taken = 0;
        while (taken < length) {
            ByteBuf bytes = first != null ? first : queue.poll();
            if (bytes == null) {
                break;
            }
            int n = Math.min(length - taken, bytes.readableBytes());
            sink.take(bytes, n);
            taken += n;
            if (bytes.isReadable()) {
                first = bytes;
            } else {
                first = null;
                bytes.release();
            }
        }
        if (taken > 0 && queued.addAndGet(-taken) <= limit / 2 && paused) {
            paused = false;
            resume.run();
        }
        return taken;
    }

    /** After our own close nobody reads any more: whoever notices and gets the turn releases what is left. */
    private void dropIfClosed() {
        while (condition.closed() && !(first == null && queue.isEmpty()) && parking.tryEnter()) {
            try {
                for (ByteBuf bytes = first != null ? first : queue.poll(); bytes != null; bytes = queue.poll()) {
                    queued.addAndGet(-bytes.readableBytes());
                    bytes.release();
                }
                first = null;
            } finally {
                parking.leave();
            }
        }
    }
}
