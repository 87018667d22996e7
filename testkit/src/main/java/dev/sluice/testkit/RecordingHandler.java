package dev.sluice.testkit;

import dev.sluice.core.CloseReasons;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Writes down what a stream delivers: {@code read N}, {@code end}, {@code read after end}, the label of the reason for which it was lost,
 * {@code inactive}. Bytes are released. Belongs to the loop of its channel; any thread may look at what was written down.
 */
public final class RecordingHandler extends ChannelInboundHandlerAdapter {
    private final List<String> seen = new CopyOnWriteArrayList<>();
    private final AtomicInteger bytes = new AtomicInteger();

    /** One that has seen nothing. */
    public RecordingHandler() {}

    /** One at the end of the pipeline of {@code channel}. */
    public static RecordingHandler on(Channel channel) {
        RecordingHandler recorder = new RecordingHandler();
        channel.pipeline().addLast(recorder);
        return recorder;
    }

    /** Everything so far, and what is still to come. */
    public List<String> seen() {
        return seen;
    }

    /** How many bytes were read. */
    public int bytes() {
        return bytes.get();
    }

    @Override
    public void channelRead(ChannelHandlerContext c, Object message) {
        int length = ((ByteBuf) message).readableBytes();
        seen.add("read " + length);
        bytes.addAndGet(length);
        ((ByteBuf) message).release();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext c, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            seen.add("end");
        } else if (event == ChannelInputShutdownReadComplete.INSTANCE) {
            seen.add("read after end");
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext c, Throwable cause) {
        seen.add(CloseReasons.classify(cause).kind().label());
    }

    @Override
    public void channelInactive(ChannelHandlerContext c) {
        seen.add("inactive");
    }
}
