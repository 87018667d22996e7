package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The queue between two loops: order, bound, and what becomes of buffers when a loop has ended. */
class LoopCrossingTest {
    private static final int LIMIT = 1000;
    private static final int MANY = 20_000;

    private final EventLoop sender = new DefaultEventLoop();
    private final EventLoop receiver = new DefaultEventLoop();

    @AfterEach
    void stop() {
        sender.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        receiver.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** Puts what fits, in order, and goes on when it is told of more room; the receiver is done with items now or later, at random. */
    private final class Traffic implements LoopCrossing.Ends {
        private final LoopCrossing crossing = new LoopCrossing(sender, receiver, LIMIT, this);
        private final Random sizes;
        private final Random later;
        private final AtomicInteger arrived = new AtomicInteger();
        private final AtomicInteger most = new AtomicInteger();
        private final List<Integer> wrong = new ArrayList<>();
        private int put;
        private int untaken;

        Traffic(long seed) {
            sizes = new Random(seed);
            later = new Random(seed + 1);
        }

        void putMore() {
            while (put < MANY && crossing.room() > 0) {
                int size = 1 + sizes.nextInt(300);
                crossing.put(Unpooled.buffer(8).writeInt(put++).writeInt(size), size);
            }
            crossing.wake();
        }

        @Override
        public void arrived(Object item) {
            ByteBuf buffer = (ByteBuf) item;
            if (buffer.readInt() != arrived.getAndIncrement()) {
                wrong.add(arrived.get());
            }
            untaken += buffer.readInt();
            buffer.release();
        }

        @Override
        public void burstEnded() {
            most.set(Math.max(most.get(), untaken));
            if (later.nextInt(3) == 0) {
                receiver.schedule(this::take, 50, TimeUnit.MICROSECONDS);
            } else {
                take();
            }
        }

        private void take() {
            int bytes = untaken;
            untaken = 0;
            crossing.taken(bytes);
        }

        @Override
        public void roomAgain() {
            putMore();
        }
    }

    @Test
    void keepsTheOrderAndTheBound() {
        long seed = ThreadLocalRandom.current().nextLong();
        Traffic traffic = new Traffic(seed);
        sender.execute(traffic::putMore);
        await().untilAsserted(() -> assertThat(traffic.arrived.get()).as("seed %d", seed).isEqualTo(MANY));
        assertThat(traffic.wrong).as("seed %d: out of order", seed).isEmpty();
        assertThat(traffic.most.get()).as("seed %d", seed).isLessThan(LIMIT + 300); // the last item may be larger than the room
    }

    @Test
    void releasesWhatItCarriesWhenTheReceiversLoopHasEnded() {
        Traffic traffic = new Traffic(1);
        receiver.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
        ByteBuf buffer = Unpooled.buffer(1).writeByte(1);
        sender.submit(() -> {
            traffic.crossing.put(buffer, 1);
            traffic.crossing.wake();
        }).syncUninterruptibly();
        assertThat(buffer.refCnt()).isZero();
    }

    @Test
    void aSenderWhoseLoopHasEndedIsNotToldOfRoom() {
        Traffic traffic = new Traffic(1);
        sender.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
        receiver.submit(() -> traffic.crossing.taken(10)).syncUninterruptibly();
        assertThat(traffic.put).isZero();
    }
}
