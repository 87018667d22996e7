package dev.sluice.stream;

import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Where the threads of one half of a stream wait: one thread has the turn, the others queue for it. The event loop only wakes; it
 * never takes the turn and never waits. Works for platform and virtual threads.
 */
final class Parking {
    private final String timedOut;
    private final ReentrantLock turn = new ReentrantLock();
    private volatile @Nullable Thread parked;
    private volatile long timeoutNanos;

    Parking(String timedOut) {
        this.timedOut = timedOut;
    }

    void timeout(Duration limit) {
        if (limit.isNegative()) {
            throw new IllegalArgumentException("a time-out is not negative: " + limit);
        }
        long nanos;
        try {
            nanos = limit.toNanos();
        } catch (ArithmeticException e) {
            nanos = 0; // 292 years and more
        }
        timeoutNanos = nanos;
    }

    Duration timeout() {
        return Duration.ofNanos(timeoutNanos);
    }

    /** When an operation that begins now times out, {@code System.nanoTime()}; 0 for never. */
    long deadline() {
        long limit = timeoutNanos;
        if (limit == 0) {
            return 0;
        }
        long at = System.nanoTime() + limit;
        return at == 0 ? 1 : at;
    }

    /** Takes the turn. */
    void enter(long deadline) throws InterruptedIOException {
        try {
            if (deadline == 0) {
                turn.lockInterruptibly();
            } else if (!turn.tryLock(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                throw new SocketTimeoutException(timedOut);
            }
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    /** Takes the turn where nobody has it. */
    boolean tryEnter() {
        return turn.tryLock();
    }

    void leave() {
        turn.unlock();
    }

    /** Waits until {@code ready} may have become true; the caller looks again. With the turn. */
    void park(BooleanSupplier ready, long deadline) throws InterruptedIOException {
        if (deadline != 0 && deadline - System.nanoTime() <= 0) {
            throw new SocketTimeoutException(timedOut);
        }
        parked = Thread.currentThread();
        try {
            // Who changes something does so before it looks for a parked thread; we look again after we are seen.
            if (!ready.getAsBoolean()) {
                if (deadline == 0) {
                    LockSupport.park(this); // for a virtual thread, one with a limit wakes the timer's thread twice
                } else {
                    LockSupport.parkNanos(this, deadline - System.nanoTime());
                }
            }
        } finally {
            parked = null;
        }
        if (Thread.currentThread().isInterrupted()) {
            throw interrupted();
        }
    }

    /** Wakes the thread that is parked. Any thread; after what it waits for has changed. */
    void wake() {
        Thread thread = parked;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
    }

    /** The thread stays interrupted, and the stream usable. */
    private static InterruptedIOException interrupted() {
        Thread.currentThread().interrupt();
        return new InterruptedIOException("interrupted");
    }
}
