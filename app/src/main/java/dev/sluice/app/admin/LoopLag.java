package dev.sluice.app.admin;

import dev.sluice.core.Scope;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** How late each event loop runs what is due: twice a second a task notes by how much it came too late. */
final class LoopLag {
    private static final long EVERY = TimeUnit.MILLISECONDS.toNanos(500);

    private final List<AtomicLong> late = new ArrayList<>();

    /** Watches {@code loops} until {@code scope} closes. */
    LoopLag(List<EventLoop> loops, Scope scope) {
        for (EventLoop loop : loops) {
            AtomicLong nanos = new AtomicLong();
            late.add(nanos);
            ScheduledFuture<?> task = loop.scheduleAtFixedRate(new Beat(nanos), EVERY, EVERY, TimeUnit.NANOSECONDS);
            scope.own(why -> {
                task.cancel(false);
                return null;
            });
        }
    }

    /** How late the task of loop {@code index} came last, seconds. */
    double seconds(int index) {
        return late.get(index).get() / 1e9;
    }

    /** How many loops there are. */
    int size() {
        return late.size();
    }

    /** Belongs to its loop. */
    private static final class Beat implements Runnable {
        private final AtomicLong late;
        private long last = System.nanoTime();

        Beat(AtomicLong late) {
            this.late = late;
        }

        @Override
        public void run() {
            long now = System.nanoTime();
            late.set(Math.max(0, now - last - EVERY));
            last = now;
        }
    }
}
