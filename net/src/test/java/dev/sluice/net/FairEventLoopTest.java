package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoRegistration;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.ThreadPerTaskExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Who works in turns leaves the sockets theirs in between. */
final class FairEventLoopTest {
    private static final int TURNS = 100;

    private final AtomicInteger looks = new AtomicInteger();
    private final FairEventLoop loop = new FairEventLoop(null,
            new ThreadPerTaskExecutor(new DefaultThreadFactory("fair", true)), executor -> new Counting());

    @Test
    void theSocketsAreLookedAtBetweenLongTurns() throws Exception {
        List<Integer> seen = new ArrayList<>();
        CountDownLatch done = new CountDownLatch(1);
        loop.execute(new Runnable() {
            @Override
            public void run() {
                seen.add(looks.get());
                long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(1);
                while (System.nanoTime() - end < 0) {
                    Thread.onSpinWait();
                }
                if (seen.size() < TURNS) {
                    loop.execute(this);
                } else {
                    done.countDown();
                }
            }
        });
        assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
        loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).await();
        assertThat(seen).as("looks at the sockets before each turn").doesNotHaveDuplicates();
    }

    @Test
    void whatIsDueRunsAndWhatIsLaterWaits() throws Exception {
        CountDownLatch due = new CountDownLatch(2);
        loop.schedule(due::countDown, 1, TimeUnit.MILLISECONDS);
        loop.schedule(due::countDown, 0, TimeUnit.MILLISECONDS);
        var later = loop.schedule(() -> {}, 1, TimeUnit.HOURS);
        assertThat(due.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(later.isDone()).isFalse();
        loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).await();
        assertThat(loop.isTerminated()).isTrue();
    }

    /** Sockets that nothing ever comes from; it only waits where there is nothing else to do. */
    private final class Counting implements IoHandler {
        private final Object wakeup = new Object();
        private boolean woken;

        @Override
        public int run(IoHandlerContext context) {
            looks.incrementAndGet();
            synchronized (wakeup) {
                if (context.canBlock() && !woken) {
                    try {
                        long nanos = Math.max(1, context.delayNanos(System.nanoTime()));
                        TimeUnit.NANOSECONDS.timedWait(wakeup, Math.min(nanos, TimeUnit.SECONDS.toNanos(1)));
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }
                woken = false;
            }
            return 0;
        }

        @Override
        public IoRegistration register(IoHandle handle) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void wakeup() {
            synchronized (wakeup) {
                woken = true;
                wakeup.notifyAll();
            }
        }

        @Override
        public boolean isCompatible(Class<? extends IoHandle> handleType) {
            return false;
        }
    }
}
