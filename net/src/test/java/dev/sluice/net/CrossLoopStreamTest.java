package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A stream on one loop for a channel on another; two loops that turn when the test says so. */
class CrossLoopStreamTest {
    private final EmbeddedChannel far = new EmbeddedChannel();
    private final EmbeddedChannel loop = new EmbeddedChannel();
    private final List<Object> seen = new ArrayList<>();

    private final class Seeing extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            seen.add(bytes.readableBytes());
            bytes.release();
        }

        @Override
        @SuppressWarnings("deprecation") // so is the method that it overrides
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            seen.add("lost");
        }
    }

    @Test
    void whatHadCrossedIsReadBeforeTheLoss() {
        far.config().setAutoRead(false);
        ReadHold.install(far, 0, null);
        CrossLoopStream near = CrossLoopStream.over(far, loop.eventLoop());
        near.config().setAutoRead(false);
        near.pipeline().addLast(new Seeing());
        loop.eventLoop().register(near);
        far.writeInbound(Unpooled.wrappedBuffer(new byte[1000]));
        far.writeInbound(Unpooled.wrappedBuffer(new byte[500]));
        far.pipeline().fireExceptionCaught(new SocketException("Connection reset"));
        loop.runPendingTasks();
        assertThat(seen).isEmpty();
        assertThat(near.isOpen()).isTrue();
        assertThat(near.writeAndFlush(Unpooled.wrappedBuffer(new byte[1])).isSuccess()).isFalse();
        near.read();
        loop.runPendingTasks();
        assertThat(seen).containsExactly(1000, 500, "lost");
        assertThat(near.isOpen()).isFalse();
        far.close();
        loop.close();
    }
}
