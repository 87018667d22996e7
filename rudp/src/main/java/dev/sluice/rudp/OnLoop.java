package dev.sluice.rudp;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

/** Runs on a loop what a caller of any thread wants: at once where that is the loop, and not at all where the loop has ended. */
final class OnLoop {
    private OnLoop() {}

    /**
     * Runs {@code task}; whoever waits for {@code result} hears where it throws.
     *
     * @param ended what the result fails with where the loop has ended
     */
    static void run(EventLoop loop, Promise<?> result, Supplier<IOException> ended, Runnable task) {
        Runnable told = () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                if (!result.tryFailure(e)) {
                    throw e;
                }
            }
        };
        if (!run(loop, told)) {
            result.tryFailure(ended.get());
        }
    }

    /** Runs {@code task}, which nobody waits for; returns false where the loop has ended. */
    static boolean run(EventLoop loop, Runnable task) {
        if (loop.inEventLoop()) {
            task.run();
            return true;
        }
        try {
            loop.execute(task);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }
}
