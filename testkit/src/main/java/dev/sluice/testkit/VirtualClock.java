package dev.sluice.testkit;

import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * An event loop whose time stands still until a test moves it. Tasks and timers run on the thread of the test, in {@link #advance}
 * and {@link #run}; so a test of time-outs takes no time and gives the same result each time.
 */
public final class VirtualClock {
    private final EmbeddedChannel channel = new EmbeddedChannel();

    /** A clock that stands still. */
    public VirtualClock() {
        channel.freezeTime();
    }

    /** The loop: for scopes, promises, timers. */
    public EventLoop loop() {
        return channel.eventLoop();
    }

    /** Runs what is due now. */
    public void run() {
        channel.runPendingTasks();
        channel.runScheduledPendingTasks();
    }

    /** Moves the time on and runs what became due, in one step: timers that are set anew on the way run in the next one. */
    public void advance(Duration by) {
        channel.advanceTimeBy(by.toNanos(), TimeUnit.NANOSECONDS);
        run();
    }
}
