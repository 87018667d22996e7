package dev.sluice.net;

import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.util.concurrent.RejectedExecutionHandlers;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A loop that looks at its sockets again after a millisecond of tasks.
 *
 * <p>Netty's own number is a second, and it reads the clock after every 64th task only. Here, where a pump, a multiplexer or an endpoint
 * does a turn of a tenth of a millisecond and puts the next one at the end of the queue, that would be 64 turns of bulk before a
 * small request is read, and a second where another thread writes faster than the loop can take it.
 */
final class FairEventLoop extends SingleThreadIoEventLoop {
    private static final long TASKS_MILLIS = 1;

    FairEventLoop(@Nullable IoEventLoopGroup parent, Executor executor, IoHandlerFactory factory) {
        super(parent, executor, factory, Integer.MAX_VALUE, RejectedExecutionHandlers.reject(),
                TASKS_MILLIS);
    }

    /** What is queued, then what is due, until the queue is empty or the time is over. */
    @Override
    protected boolean runAllTasks(long nanos) {
        long now = ticker().nanoTime();
        long end = now + nanos;
        for (Runnable due = pollScheduledTask(now); due != null; due = pollScheduledTask(now)) {
            addTask(due);
        }
        boolean any = false;
        for (Runnable task = pollTask(); task != null; task = pollTask()) {
            any = true;
            safeExecute(task);
            if (ticker().nanoTime() - end >= 0) {
                break;
            }
        }
        afterRunningAllTasks();
        if (any) {
            updateLastExecutionTime();
        }
        return any;
    }
}
