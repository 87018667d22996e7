package dev.sluice.net.splice;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The clock of the streams of one loop that gather bytes: one timer for all of them, running only while there is one.
 *
 * <p>Belongs to its loop.
 */
final class GatheringTick implements Runnable {
    /** What a byte of a fast stream may wait, at most. */
    private static final long INTERVAL_MICROS = 2000;

    private static final FastThreadLocal<GatheringTick> OF_LOOP = new FastThreadLocal<>();

    private final List<ReadGathering> streams = new ArrayList<>();
    private final EventLoop loop;
    private boolean scheduled;

    private GatheringTick(EventLoop loop) {
        this.loop = loop;
    }

    /** The clock of {@code loop}, which calls. */
    static GatheringTick of(EventLoop loop) {
        GatheringTick tick = OF_LOOP.getIfExists();
        if (tick == null) {
            tick = new GatheringTick(loop);
            OF_LOOP.set(tick);
        }
        return tick;
    }

    void add(ReadGathering stream) {
        streams.add(stream);
        schedule();
    }

    void remove(ReadGathering stream) {
        streams.remove(stream);
    }

    private void schedule() {
        if (!scheduled) {
            scheduled = true;
            loop.schedule(this, INTERVAL_MICROS, TimeUnit.MICROSECONDS);
        }
    }

    @Override
    public void run() {
        scheduled = false;
        for (int i = streams.size() - 1; i >= 0; i--) { // backwards: a stream may leave
            if (i < streams.size()) {
                streams.get(i).tick();
            }
        }
        if (!streams.isEmpty()) {
            schedule();
        }
    }
}
