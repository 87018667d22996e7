package dev.sluice.proxy;

import dev.sluice.core.CloseReason;
import dev.sluice.net.Finish;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;

/**
 * Says a last word and closes, so that the word arrives: a socket that is closed with unread bytes in it sends a reset, which may
 * overtake what was written. So output ends first, and what still comes is thrown away, for a short while.
 *
 * <p>Belongs to the client's loop.
 */
public final class LingeringClose extends ChannelInboundHandlerAdapter {
    private static final Duration LINGER = Duration.ofSeconds(2);

    private final ClientSession session;
    private final CloseReason reason;

    private LingeringClose(ClientSession session, CloseReason reason) {
        this.session = session;
        this.reason = reason;
    }

    /** Sends {@code answer} and closes the session. The handler that asks leaves the pipeline, or ignores what comes. */
    public static void after(ClientSession session, byte[] answer, CloseReason reason) {
        if (answer.length == 0) {
            session.scope().close(reason);
            return;
        }
        Channel channel = session.channel();
        channel.writeAndFlush(Unpooled.wrappedBuffer(answer));
        Finish.finish(channel).addListener(f -> {
            if (!f.isSuccess()) {
                session.scope().close(reason);
            }
        });
        session.closeWithin(LINGER, reason);
        channel.pipeline().addLast(new LingeringClose(session, reason));
        channel.read();
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
            session.scope().close(reason);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        session.scope().close(reason);
    }
}
