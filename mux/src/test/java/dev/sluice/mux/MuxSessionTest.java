package dev.sluice.mux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.net.ReadHold;
import dev.sluice.stream.Unread;
import dev.sluice.testkit.LeakWatch;
import dev.sluice.testkit.RecordingHandler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who may send when, and what becomes of lost streams, with a protocol of the simplest kind: number, length, data. */
class MuxSessionTest {
    private static final int MAX_PAYLOAD = 60_000;
    private static final MuxLimits LIMITS = new MuxLimits(256 * 1024, 2 * 1024 * 1024, 8 * 1024 * 1024, Duration.ofSeconds(3));

    @RegisterExtension
    final LeakWatch leaks = new LeakWatch();

    private final EmbeddedChannel carrier = new EmbeddedChannel();
    private final TestSession session = new TestSession(carrier);

    private static final class TestSession extends MuxSession {
        private final List<String> told = new ArrayList<>();
        private final Map<MuxStream, RecordingHandler> recorders = new HashMap<>();

        TestSession(Channel carrier) {
            super(carrier, LIMITS);
        }

        MuxStream open(int id) {
            MuxStream stream = new MuxStream(this, id, false);
            add(stream);
            RecordingHandler recorder = new RecordingHandler();
            recorders.put(stream, recorder);
            ReadHold.release(stream, pipeline -> pipeline.addLast(recorder));
            return stream;
        }

        void arrived(MuxStream stream, int bytes) {
            deliver(stream, Unpooled.directBuffer(bytes).writeZero(bytes));
        }

        void finish(MuxStream stream) {
            finished(stream);
        }

        void lose(MuxStream stream) {
            lost(stream, CloseReason.of(Kind.RESET, Side.PEER, "given up"));
        }

        @Override
        protected void decode(ByteBuf bytes) {}

        @Override
        protected int maxPayload() {
            return MAX_PAYLOAD;
        }

        @Override
        protected void writeData(MuxStream stream, ByteBuf bytes) {
            int length = bytes.readableBytes();
            writer().frame(8, length).writeInt(stream.streamId()).writeInt(length);
            writer().payload(bytes);
        }

        @Override
        protected void writeFinish(MuxStream stream) {
            told.add("finish " + stream.streamId());
        }

        @Override
        protected void writeReset(MuxStream stream, CloseReason why) {
            told.add("reset " + stream.streamId());
        }

        @Override
        protected void closed(MuxStream stream, CloseReason why) {
            told.add("closed " + stream.streamId() + " " + why.kind().label());
        }

        @Override
        protected void stalled(MuxStream stream) {
            told.add("stalled " + stream.streamId());
        }

        @Override
        protected void ended(CloseReason why) {
            told.add("ended " + why.kind().label());
        }
    }

    private List<String> seen(MuxStream stream) {
        return Objects.requireNonNull(session.recorders.get(stream)).seen();
    }

    private void run() {
        carrier.runPendingTasks();
    }

    private void pass(Duration time) {
        carrier.advanceTimeBy(time.toNanos(), TimeUnit.NANOSECONDS);
        carrier.runScheduledPendingTasks();
        run();
    }

    private void read(MuxStream stream) {
        stream.read();
        run();
    }

    /** The session is over, because the peer has closed the carrier. */
    private void endOfCarrier() {
        carrier.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        run();
    }

    private MuxStream stream(int id) {
        MuxStream stream = session.open(id);
        stream.config().setWriteBufferWaterMark(new WriteBufferWaterMark(8 << 20, 16 << 20));
        carrier.runPendingTasks();
        return stream;
    }

    @AfterEach
    void close() {
        session.close(CloseReason.cancelled("the test is over"));
        carrier.runPendingTasks();
        carrier.finishAndReleaseAll();
    }

    /** The frames that were sent, as {@code number:length}. */
    private List<String> sent() {
        carrier.runPendingTasks();
        ByteBuf all = Unpooled.buffer();
        for (ByteBuf next = carrier.readOutbound(); next != null; next = carrier.readOutbound()) {
            all.writeBytes(next);
            next.release();
        }
        List<String> frames = new ArrayList<>();
        while (all.isReadable()) {
            int id = all.readInt();
            int length = all.readInt();
            all.skipBytes(length);
            frames.add(id + ":" + length);
        }
        return frames;
    }

    @Test
    void aStreamSendsEverythingThoughTheCarrierTakesItWithinTheWrite() {
        session.begin();
        MuxStream stream = stream(1);
        int frames = 3 * MuxWriter.GATHER_BYTES / MAX_PAYLOAD;
        stream.writeAndFlush(Unpooled.directBuffer(frames * MAX_PAYLOAD).writeZero(frames * MAX_PAYLOAD));
        assertThat(sent()).hasSize(frames).containsOnly("1:" + MAX_PAYLOAD);
    }

    @Test
    void whatHadArrivedIsReadBeforeTheLossOfTheSessionIsTold() {
        session.begin();
        MuxStream waiting = stream(1);
        MuxStream idle = stream(2);
        session.arrived(waiting, 5000);
        session.arrived(waiting, 3000);
        endOfCarrier();
        assertThat(session.told).containsExactlyInAnyOrder("closed 1 peer-closed", "closed 2 peer-closed", "ended peer-closed")
                .last().isEqualTo("ended peer-closed");
        assertThat(session.streams()).isZero();
        assertThat(seen(idle)).containsExactly("peer-closed", "inactive");
        assertThat(seen(waiting)).isEmpty();
        assertThat(waiting.isOpen()).isTrue();
        ChannelFuture write = waiting.writeAndFlush(Unpooled.directBuffer().writeZero(10));
        run();
        assertThat(write.isDone() && !write.isSuccess()).isTrue();
        read(waiting);
        assertThat(seen(waiting)).containsExactly("read 5000", "read 3000", "peer-closed", "inactive");
        assertThat(waiting.closeReason()).extracting(CloseReason::kind).isEqualTo(Kind.PEER_CLOSED);
        assertThat(session.told).hasSize(3);
    }

    @Test
    void whatComesWithTheEndOfTheCarrierIsRead() {
        session.begin();
        MuxStream stream = stream(1);
        stream.read();
        run();
        session.arrived(stream, 5000);
        endOfCarrier(); // in the same turn: the bytes are not delivered yet
        assertThat(seen(stream)).containsExactly("read 5000", "peer-closed", "inactive");
    }

    @Test
    void aStreamThatHadEndedIsNotLostWithItsSession() {
        session.begin();
        MuxStream full = stream(1);
        MuxStream empty = stream(2);
        session.arrived(full, 5000);
        session.finish(full);
        session.finish(empty);
        endOfCarrier();
        assertThat(seen(empty)).containsExactly("end");
        read(full);
        assertThat(seen(full)).containsExactly("read 5000", "end");
        full.close();
        empty.close();
        run();
        assertThat(full.closeReason()).isEqualTo(CloseReason.finished());
        assertThat(session.told).doesNotHaveDuplicates().hasSize(3);
    }

    @Test
    void aResetIsToldBehindWhatHadArrived() {
        session.begin();
        MuxStream reset = stream(1);
        MuxStream other = stream(2);
        session.arrived(reset, 5000);
        ChannelFuture write = reset.write(Unpooled.directBuffer().writeZero(10)); // not flushed
        session.lose(reset);
        run();
        assertThat(session.stream(1)).isNull();
        assertThat(write.isDone() && !write.isSuccess()).isTrue();
        session.lose(reset); // late frames of the same name change nothing
        session.finish(reset);
        session.arrived(other, 10);
        read(other);
        assertThat(seen(other)).containsExactly("read 10");
        read(reset);
        assertThat(seen(reset)).containsExactly("read 5000", "reset", "inactive");
        assertThat(session.told).containsExactly("closed 1 reset");
        assertThat(sent()).isEmpty();
    }

    @Test
    void theReaderWhoReadsNothingLosesTheRest() {
        carrier.freezeTime();
        session.begin();
        MuxStream slow = stream(1);
        MuxStream deaf = stream(2);
        for (int i = 0; i < 40; i++) { // three reads
            session.arrived(slow, 5000);
        }
        session.arrived(deaf, 5000);
        session.lose(slow);
        session.lose(deaf);
        pass(Duration.ofSeconds(2));
        read(slow);
        assertThat(seen(deaf)).isEmpty();
        pass(Duration.ofMillis(1001));
        assertThat(seen(deaf)).containsExactly("reset", "inactive");
        assertThat(seen(slow)).hasSize(16);
        pass(Duration.ofSeconds(2));
        read(slow);
        pass(Duration.ofSeconds(2));
        read(slow);
        assertThat(seen(slow)).hasSize(42).endsWith("read 5000", "reset", "inactive");
        assertThat(leaks.live()).isZero();
    }

    @Test
    void whoClosesALostStreamReleasesIt() {
        session.begin();
        MuxStream closed = stream(1);
        MuxStream reset = stream(2);
        session.arrived(closed, 5000);
        session.arrived(reset, 5000);
        session.lose(closed);
        session.lose(reset);
        run();
        closed.close();
        reset.reset(CloseReason.cancelled("test"));
        run();
        assertThat(leaks.live()).isZero();
        assertThat(session.told).containsExactly("closed 1 reset", "closed 2 reset");
    }

    @Test
    void whatALostStreamKeepsCountsForItsSession() {
        carrier.freezeTime();
        session.begin();
        List<MuxStream> lost = new ArrayList<>();
        stream(10);
        stream(11); // nobody is alone
        for (int id = 1; id <= 8; id++) {
            MuxStream stream = stream(id);
            lost.add(stream);
            session.arrived(stream, (1 << 20) - 1);
            session.lose(stream);
        }
        assertThat(session.toString()).doesNotContain("paused");
        MuxStream last = stream(9);
        session.arrived(last, 8);
        assertThat(session.toString()).contains("paused").contains("unread " + LIMITS.session());
        lost.forEach(this::read);
        assertThat(session.toString()).doesNotContain("paused").contains("unread 8");
        read(last);
        assertThat(seen(last)).containsExactly("read 8");
    }

    @Test
    void whatWeEndOurselvesIsDropped() {
        session.begin();
        MuxStream stream = stream(1);
        session.arrived(stream, 5000);
        session.close(CloseReason.shutdown("test"));
        assertThat(seen(stream)).contains("shutdown");
        assertThat(stream.isOpen()).isFalse();
        assertThat(leaks.live()).isZero();
    }

    @Test
    void whoClosesAnotherStreamWhenTheSessionIsLostSendsNothing() {
        session.begin();
        MuxStream one = stream(1);
        MuxStream other = stream(2);
        closes(one, other);
        closes(other, one);
        endOfCarrier();
        assertThat(one.isOpen() || other.isOpen()).isFalse();
        assertThat(session.told).doesNotContain("finish 1", "finish 2").last().isEqualTo("ended peer-closed");
    }

    /** Whoever hears of the loss of {@code lost} closes {@code other}. */
    private static void closes(MuxStream lost, MuxStream other) {
        lost.pipeline().addFirst(new ChannelInboundHandlerAdapter() {
            @Override
            public void exceptionCaught(ChannelHandlerContext c, Throwable cause) {
                other.close();
            }
        });
    }

    /** Fills the session, whose carrier then stands still. */
    private MuxStream full(int id) {
        MuxStream stream = stream(id);
        session.arrived(stream, LIMITS.stream());
        run();
        return stream;
    }

    @Test
    void whoKeepsOthersFromAnythingAndTakesNothingIsReset() {
        session.begin();
        stream(1);
        full(2);
        pass(LIMITS.stall());
        assertThat(session.told).as("from when it is seen").isEmpty();
        pass(LIMITS.stall());
        assertThat(session.told).startsWith("stalled 2", "reset 2");
    }

    @Test
    void aReaderThatTakesOfWhatItKeepsIsOnlySlow() {
        session.begin();
        stream(1);
        MuxStream slow = full(2);
        long[] kept = {100};
        slow.pipeline().addFirst(new ChannelInboundHandlerAdapter() {
            @Override
            public void userEventTriggered(ChannelHandlerContext c, Object event) {
                ((Unread) event).add(kept[0]);
            }
        });
        for (int i = 0; i < 9; i++) {
            pass(LIMITS.stall());
            kept[0]--;
        }
        assertThat(session.told).isEmpty();
        pass(LIMITS.stall());
        pass(LIMITS.stall());
        assertThat(session.told).startsWith("stalled 2", "reset 2");
    }

    @Test
    void nobodyIsResetForTheSakeOfAStreamThatOnlyWaitsForItsEnd() {
        session.begin();
        stream(1).ending();
        full(2);
        pass(LIMITS.stall().multipliedBy(3));
        assertThat(session.told).isEmpty();
    }
}
