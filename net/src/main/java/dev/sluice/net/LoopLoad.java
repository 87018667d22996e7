package dev.sluice.net;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many accepted connections a loop has, of all listeners. A new one goes to the loop that has fewest, and stays on the loop that
 * accepted it where no other has fewer, which saves waking another thread. Any thread.
 */
final class LoopLoad {
    private final EventLoop loop;
    private final AtomicInteger connections = new AtomicInteger();

    private LoopLoad(EventLoop loop) {
        this.loop = loop;
    }

    /** That of every loop, {@code first} at the head: so it is the one among equals. */
    static List<LoopLoad> of(EventLoops loops, EventLoop first) {
        List<LoopLoad> all = new ArrayList<>();
        for (EventLoop loop : loops.all()) {
            LoopLoad load = loops.shared(loop, LoopLoad.class, () -> new LoopLoad(loop));
            all.add(loop.equals(first) ? 0 : all.size(), load);
        }
        return all;
    }

    /** The first of those with fewest connections. */
    static LoopLoad least(List<LoopLoad> loads) {
        LoopLoad least = loads.getFirst();
        int fewest = least.connections.get();
        for (int i = 1; i < loads.size(); i++) {
            int number = loads.get(i).connections.get();
            if (number < fewest) {
                fewest = number;
                least = loads.get(i);
            }
        }
        return least;
    }

    EventLoop loop() {
        return loop;
    }

    /** Counts {@code channel} until it is closed. */
    void count(Channel channel) {
        connections.incrementAndGet();
        channel.closeFuture().addListener(f -> connections.decrementAndGet());
    }
}
