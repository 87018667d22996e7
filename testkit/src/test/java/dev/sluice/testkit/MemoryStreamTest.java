package dev.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReasons;
import dev.sluice.net.EventLoops;
import dev.sluice.net.StreamChannel;
import dev.sluice.net.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What handlers see of a {@link StreamChannel}, on the in-memory pair with its ends on different loops. */
class MemoryStreamTest {
    private static EventLoops loops;

    @RegisterExtension
    final LeakWatch leaks = new LeakWatch();

    @RegisterExtension
    final LogWatch logs = new LogWatch();

    @BeforeAll
    static void start() {
        loops = EventLoops.create(Transport.NIO, 2);
    }

    @AfterAll
    static void stop() {
        loops.close().syncUninterruptibly();
    }

    private static MemoryStream.Pair pair(int capacity, boolean halfClose) {
        return MemoryStream.pair(loops.all().get(0), loops.all().get(1), capacity, halfClose);
    }

    private static ByteBuf bytes(int length) {
        return Unpooled.buffer(length).writeZero(length);
    }

    @Test
    void aStreamEndsWithItsLoop() {
        EventLoops ending = EventLoops.create(Transport.NIO, 1);
        MemoryStream.Pair pair = MemoryStream.pair(ending.all().getFirst(), loops.all().getFirst(), 1000, true);
        RecordingHandler recorder = RecordingHandler.on(pair.b());
        pair.b().config().setAutoRead(true);
        ending.close().syncUninterruptibly();
        assertThat(pair.a().isOpen()).isFalse();
        await().until(() -> !pair.b().isOpen() && !recorder.seen().isEmpty());
        assertThat(pair.b().closeReason()).extracting(CloseReason::kind).isEqualTo(CloseReason.Kind.RESET);
    }

    @Test
    void nothingIsReadWithoutDemandAndTheEndComesLast() {
        MemoryStream.Pair pair = pair(1000, true);
        RecordingHandler recorder = RecordingHandler.on(pair.b());
        pair.a().writeAndFlush(bytes(10));
        pair.a().writeAndFlush(bytes(20));
        pair.a().shutdownOutput().syncUninterruptibly();
        pair.b().eventLoop().submit(() -> assertThat(recorder.seen()).isEmpty()).syncUninterruptibly();
        pair.b().read();
        await().until(() -> recorder.seen().equals(List.of("read 10", "read 20", "end")));
        pair.b().read();
        await().until(() -> recorder.seen().contains("read after end"));
        assertThat(pair.b().isInputShutdown()).isTrue();
        assertThat(pair.a().isOutputShutdown()).isTrue();

        RecordingHandler back = RecordingHandler.on(pair.a());
        pair.a().config().setAutoRead(true);
        pair.b().writeAndFlush(bytes(5)).syncUninterruptibly();
        pair.b().close();
        await().until(() -> back.seen().equals(List.of("read 5", "end")));
        pair.a().close().syncUninterruptibly();
        await().untilAsserted(() -> assertThat(pair.b().closeReason()).isEqualTo(CloseReason.finished()));
        assertThat(pair.a().closeReason()).isEqualTo(CloseReason.finished());
        await().until(() -> recorder.seen().getLast().equals("inactive"));
    }

    @Test
    void thePipeIsBoundedAndAReaderFreesTheWriter() {
        MemoryStream.Pair pair = pair(1000, true);
        RecordingHandler recorder = RecordingHandler.on(pair.b());
        List<ChannelFuture> writes = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            writes.add(pair.a().writeAndFlush(bytes(300)));
        }
        await().until(() -> writes.get(2).isSuccess());
        assertThat(writes.get(3).isDone()).isFalse();
        pair.b().config().setAutoRead(true);
        await().until(() -> recorder.bytes() == 3000);
        assertThat(writes.get(9).syncUninterruptibly().isSuccess()).isTrue();
        pair.a().close();
        pair.b().close();
    }

    @Test
    void shutdownOutputLosesNothing() {
        MemoryStream.Pair pair = pair(1000, true);
        RecordingHandler recorder = RecordingHandler.on(pair.b());
        pair.a().writeAndFlush(bytes(50_000));
        ChannelFuture end = pair.a().shutdownOutput();
        pair.b().config().setAutoRead(true);
        end.syncUninterruptibly();
        await().until(() -> recorder.seen().getLast().equals("end"));
        assertThat(recorder.bytes()).isEqualTo(50_000);
        pair.a().close();
        pair.b().close();
    }

    @Test
    void closeWithUnsentBytesIsAReset() {
        MemoryStream.Pair pair = pair(1000, true);
        RecordingHandler recorder = RecordingHandler.on(pair.b());
        ChannelFuture write = pair.a().writeAndFlush(bytes(5000));
        pair.a().close();
        await().until(() -> recorder.seen().equals(List.of("reset", "inactive")));
        assertThat(write.awaitUninterruptibly().isSuccess()).isFalse();
        assertThat(pair.a().closeReason()).extracting(CloseReason::kind).isEqualTo(CloseReason.Kind.CANCELLED);
        assertThat(pair.b().closeReason()).extracting(CloseReason::kind).isEqualTo(CloseReason.Kind.RESET);
    }

    @Test
    void resetReachesTheOtherEndAtOnceAndFailsItsWrites() {
        MemoryStream.Pair pair = pair(1000, true);
        RecordingHandler recorder = RecordingHandler.on(pair.b());
        pair.a().writeAndFlush(bytes(100));
        ChannelFuture blocked = pair.b().writeAndFlush(bytes(5000));
        pair.a().eventLoop()
                .execute(() -> pair.a().reset(CloseReason.of(CloseReason.Kind.LIMIT, CloseReason.Side.SELF, "too much")));
        await().until(() -> recorder.seen().equals(List.of("reset", "inactive")));
        assertThat(CloseReasons.classify(blocked.awaitUninterruptibly().cause()).kind()).isEqualTo(CloseReason.Kind.RESET);
        assertThat(pair.a().closeReason()).extracting(CloseReason::kind).isEqualTo(CloseReason.Kind.LIMIT);
    }

    @Test
    void bytesForAClosedEndComeBackAsAReset() {
        MemoryStream.Pair pair = pair(1000, true);
        RecordingHandler recorder = RecordingHandler.on(pair.a());
        pair.b().close();
        await().until(() -> recorder.seen().equals(List.of("end")));
        pair.a().writeAndFlush(bytes(1));
        await().until(() -> recorder.seen().equals(List.of("end", "reset", "inactive")));
    }

    @Test
    void withoutHalfCloseAnEndIsAFullClose() {
        MemoryStream.Pair pair = pair(1000, false);
        RecordingHandler recorder = RecordingHandler.on(pair.b());
        pair.a().writeAndFlush(bytes(10));
        pair.a().shutdownOutput().syncUninterruptibly();
        assertThat(pair.a().isOpen()).isFalse();
        await().until(() -> pair.b().isOutputShutdown());
        assertThat(pair.b().writeAndFlush(bytes(10)).awaitUninterruptibly().isSuccess()).isFalse();
        pair.b().read();
        await().until(() -> recorder.seen().equals(List.of("read 10", "end")));
        pair.b().close().syncUninterruptibly();
        assertThat(pair.b().closeReason()).isEqualTo(CloseReason.finished());
    }

    @Test
    void withoutAllowHalfClosureTheEndCloses() {
        MemoryStream.Pair pair = pair(1000, true);
        RecordingHandler recorder = RecordingHandler.on(pair.b());
        pair.b().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
        pair.a().close();
        await().until(() -> recorder.seen().equals(List.of("inactive")));
    }
}
