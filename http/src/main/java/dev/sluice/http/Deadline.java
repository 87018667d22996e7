package dev.sluice.http;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The moment by which a connection expects something; what, its owner knows. Set and cleared many times, on one timer that is left
 * running and looks anew when it fires: a request costs no timer. Belongs to the loop.
 */
final class Deadline implements Runnable {
    private final EventLoop loop;
    private final Runnable passed;
    private @Nullable ScheduledFuture<?> timer;
    private long timerAt; // System.nanoTime()
    private long at; // System.nanoTime(), meaningful while set
    private boolean set;

    /** @param passed run when the deadline is over, which clears it first */
    Deadline(EventLoop loop, Runnable passed) {
        this.loop = loop;
        this.passed = passed;
    }

    /** Expects something {@code within} this time from now; what was expected before is forgotten. */
    void set(Duration within) {
        long nanos = within.toNanos();
        at = System.nanoTime() + nanos;
        set = true;
        ScheduledFuture<?> running = timer;
        if (running == null) {
            arm(nanos);
        } else if (timerAt - at > 0) {
            running.cancel(false);
            arm(nanos);
        }
    }

    /** Expects nothing. The timer stays and finds nothing to do: cheaper than to cancel one for each request. */
    void clear() {
        set = false;
    }

    /** Whether something is expected. */
    boolean isSet() {
        return set;
    }

    /** The connection is closed. */
    void stop() {
        set = false;
        ScheduledFuture<?> running = timer;
        timer = null;
        if (running != null) {
            running.cancel(false);
        }
    }

    private void arm(long nanos) {
        timerAt = System.nanoTime() + nanos;
        timer = loop.schedule(this, nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void run() {
        timer = null;
        if (!set) {
            return;
        }
        long left = at - System.nanoTime();
        if (left > 0) {
            arm(left);
            return;
        }
        set = false;
        passed.run();
    }
}
