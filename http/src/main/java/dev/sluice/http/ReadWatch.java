package dev.sluice.http;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Notices a peer that sends nothing of what is waited for: after the whole limit, and at the latest a quarter of it later. It looks
 * four times within the limit, so that progress costs no look at the clock. One timer per connection, which outlives exchanges, so
 * that an exchange costs none. Belongs to the loop.
 */
final class ReadWatch implements Runnable {
    private static final int LOOKS = 4;

    private final EventLoop loop;
    private final Duration limit;
    private final Runnable silent;
    private @Nullable ScheduledFuture<?> timer;
    private boolean waiting;
    private boolean progress;
    private int silentLooks;

    ReadWatch(EventLoop loop, Duration limit, Runnable silent) {
        this.loop = loop;
        this.limit = limit;
        this.silent = silent;
    }

    /** From now on the peer is waited for. */
    void begin() {
        waiting = true;
        progress = true;
        if (timer == null) {
            arm();
        }
    }

    /** Something came, or something else shows that the peer is not to blame. */
    void progress() {
        progress = true;
    }

    /** The peer is not waited for any more. */
    void end() {
        waiting = false;
    }

    /** The connection is closed. */
    void stop() {
        waiting = false;
        ScheduledFuture<?> running = timer;
        timer = null;
        if (running != null) {
            running.cancel(false);
        }
    }

    private void arm() {
        timer = loop.schedule(this, limit.toNanos() / LOOKS, TimeUnit.NANOSECONDS);
    }

    @Override
    public void run() {
        timer = null;
        if (!waiting) {
            return;
        }
        silentLooks = progress ? 0 : silentLooks + 1;
        progress = false;
        if (silentLooks < LOOKS) {
            arm();
        } else {
            waiting = false;
            silent.run();
        }
    }
}
