package dev.sluice.core;

import io.netty.util.concurrent.AbstractScheduledEventExecutor;
import io.netty.util.concurrent.DefaultPromise;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Executors on virtual time, all run by the thread of the test: each believes that it is a thread of its own, and which of them
 * goes on next is drawn from a seed.
 */
final class SimulatedExecutors {
    private final MockTicker ticker = Ticker.newMockTicker();
    private final Random random;
    private final List<Executor> all = new ArrayList<>();
    private @Nullable Executor running;

    SimulatedExecutors(long seed) {
        this.random = new Random(seed);
    }

    Executor add() {
        Executor executor = new Executor();
        all.add(executor);
        return executor;
    }

    /** Runs everything that is due, in an order that keeps each executor's own. */
    void runAll() {
        while (runOne()) {
        }
    }

    /** One task of a random executor; false where nothing is due. */
    boolean runOne() {
        List<Executor> ready = all.stream().filter(Executor::isReady).toList();
        if (ready.isEmpty()) {
            return false;
        }
        Executor next = ready.get(random.nextInt(ready.size()));
        next.run(next.tasks.removeFirst());
        return true;
    }

    /** Time passes, step by step, and what falls due is run. */
    void advance(Duration time) {
        for (int i = 0; i < 10; i++) {
            ticker.advance(time.toNanos() / 10, TimeUnit.NANOSECONDS);
            runAll();
        }
    }

    /** One of them. */
    final class Executor extends AbstractScheduledEventExecutor {
        private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
        private boolean ended;
        private int ran;

        private boolean isReady() {
            Executor before = running;
            running = this;
            for (Runnable due = pollScheduledTask(); due != null; due = pollScheduledTask()) {
                tasks.add(due);
            }
            running = before;
            return !tasks.isEmpty();
        }

        /** Runs {@code task} as one turn of this executor. */
        void run(Runnable task) {
            Executor before = running;
            running = this;
            ran++;
            task.run();
            running = before;
        }

        /** How many turns it has made. */
        int turns() {
            return ran;
        }

        /** Takes nothing any more, forgets what it has. */
        void end() {
            ended = true;
            tasks.clear();
        }

        @Override
        public Ticker ticker() {
            return ticker;
        }

        @Override
        public boolean inEventLoop(Thread thread) {
            return running == this;
        }

        @Override
        public void execute(Runnable task) {
            if (ended) {
                throw new RejectedExecutionException();
            }
            tasks.add(task);
        }

        @Override
        public boolean isShuttingDown() {
            return ended;
        }

        @Override
        public boolean isShutdown() {
            return ended;
        }

        @Override
        public boolean isTerminated() {
            return ended;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return ended;
        }

        @Override
        public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
            end();
            return terminationFuture();
        }

        @Override
        public Future<?> terminationFuture() {
            return new DefaultPromise<>(GlobalEventExecutor.INSTANCE);
        }

        @Override
        @Deprecated
        public void shutdown() {
            end();
        }
    }
}
