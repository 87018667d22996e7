package dev.sluice.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;

/**
 * The last handler of a stream on which nothing more is expected but its end: what comes is thrown away.
 *
 * <p>Belongs to the stream's loop.
 */
public final class EndWatch extends ChannelInboundHandlerAdapter {
    private final Runnable ended;

    private EndWatch(Runnable ended) {
        this.ended = ended;
    }

    /** Puts one at the end of the pipeline, behind a hold if there is one; {@code ended} is called once or more. On the loop. */
    public static EndWatch install(Channel channel, Runnable ended) {
        EndWatch watch = new EndWatch(ended);
        ReadHold.release(channel, pipeline -> pipeline.addLast(watch));
        channel.read();
        return watch;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ReferenceCountUtil.release(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.read();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            ended.run();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ended.run();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        ended.run();
    }
}
