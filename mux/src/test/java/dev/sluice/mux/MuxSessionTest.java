package dev.sluice.mux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.core.CloseReason;
import dev.sluice.net.ReadHold;
import dev.sluice.testkit.LeakWatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who may send when, with a protocol of the simplest kind: number, length, data. */
class MuxSessionTest {
    private static final int MAX_PAYLOAD = 60_000;

    @RegisterExtension
    final LeakWatch leaks = new LeakWatch();

    private final EmbeddedChannel carrier = new EmbeddedChannel();
    private final TestSession session = new TestSession(carrier);

    private static final class TestSession extends MuxSession {
        TestSession(Channel carrier) {
            super(carrier, MuxLimits.DEFAULT);
        }

        MuxStream open(int id) {
            MuxStream stream = new MuxStream(this, id, false);
            add(stream);
            ReadHold.release(stream, pipeline -> {});
            return stream;
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
        protected void writeFinish(MuxStream stream) {}

        @Override
        protected void writeReset(MuxStream stream, CloseReason why) {}

        @Override
        protected void closed(MuxStream stream, CloseReason why) {}

        @Override
        protected void stalled(MuxStream stream) {}

        @Override
        protected void ended(CloseReason why) {}
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
}
