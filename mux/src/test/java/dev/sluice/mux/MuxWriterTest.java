package dev.sluice.mux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.LeakWatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes one record, and when it is sent. */
class MuxWriterTest {
    private static final int HEADER = 7;

    @RegisterExtension
    final LeakWatch leaks = new LeakWatch();

    private final ChannelInboundHandlerAdapter handler = new ChannelInboundHandlerAdapter();
    private final EmbeddedChannel channel = new EmbeddedChannel(handler);
    private final ChannelHandlerContext context = channel.pipeline().context(handler);
    private final MuxWriter writer = new MuxWriter(context, () -> {});

    @AfterEach
    void close() {
        writer.close();
        channel.finishAndReleaseAll();
    }

    private void frame(int payload) {
        ByteBuf bytes = Unpooled.directBuffer(payload).writeZero(payload);
        writer.frame(HEADER, payload).writeZero(HEADER);
        writer.payload(bytes);
        writer.flushSoon();
    }

    /** The sizes of the buffers sent since the last call. */
    private List<Integer> sent() {
        channel.runPendingTasks();
        List<Integer> sizes = new ArrayList<>();
        for (ByteBuf next = channel.readOutbound(); next != null; next = channel.readOutbound()) {
            sizes.add(next.readableBytes());
            next.release();
        }
        return sizes;
    }

    @Test
    void smallFramesOfOneTurnShareARecord() {
        frame(10);
        frame(20);
        writer.frame(HEADER, 0).writeZero(HEADER);
        assertThat(channel.<Object>readOutbound()).as("nothing is sent before the end of the turn").isNull();
        assertThat(sent()).containsExactly(HEADER + 10 + HEADER + 20 + HEADER);
    }

    @Test
    void aFrameThatFitsOneRecordIsInOne() {
        frame(100);
        frame(MuxWriter.RECORD - HEADER);
        frame(1);
        assertThat(sent()).containsExactly(HEADER + 100, MuxWriter.RECORD, HEADER + 1);
    }

    @Test
    void ofALargeFrameTheFirstRecordIsFullAndTheRestIsNotCopied() {
        int payload = 4 * MuxWriter.RECORD - HEADER;
        ByteBuf bytes = Unpooled.directBuffer(payload).writeZero(payload);
        writer.frame(HEADER, payload).writeZero(HEADER);
        writer.payload(bytes);
        writer.flush();
        ByteBuf first = channel.readOutbound();
        ByteBuf rest = channel.readOutbound();
        assertThat(first.readableBytes()).isEqualTo(MuxWriter.RECORD);
        assertThat(rest.readableBytes()).isEqualTo(3 * MuxWriter.RECORD);
        assertThat(rest.memoryAddress()).isEqualTo(bytes.memoryAddress());
        first.release();
        rest.release();
    }

    @Test
    void manyFramesAreFlushedWithinTheTurn() {
        for (int i = 0; i < MuxWriter.GATHER_FRAMES; i++) {
            frame(1);
        }
        ByteBuf first = channel.readOutbound();
        assertThat(first.readableBytes()).isEqualTo(MuxWriter.GATHER_FRAMES * (HEADER + 1));
        first.release();
    }

    @Test
    void aShaperGetsWholePacketsUntilItHasEnough() {
        List<Integer> packets = new ArrayList<>();
        writer.shape((packet, records) -> {
            packets.add(packet.readableBytes());
            records.add(packet.readRetainedSlice(5));
            records.add(packet);
            return packets.size() < 2;
        });
        frame(10);
        frame(30_000);
        assertThat(sent()).containsExactly(5, 2 * HEADER + 30_010 - 5);
        frame(20);
        assertThat(sent()).containsExactly(5, HEADER + 20 - 5);
        frame(30);
        assertThat(sent()).containsExactly(HEADER + 30);
        assertThat(packets).containsExactly(2 * HEADER + 30_010, HEADER + 20);
    }
}
