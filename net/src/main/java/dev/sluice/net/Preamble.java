package dev.sluice.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.ReferenceCountUtil;

/**
 * What a stream says before anything is carried on it, a request or a password: read until it is whole, in however many pieces it
 * comes, and with whatever comes behind it. Then the handler leaves, and a {@link ReadHold} keeps the rest for whoever is next.
 *
 * <p>It asks for one burst at a time; a subclass bounds what it reads by ending or leaving in time.
 *
 * <p>Belongs to the stream's loop.
 */
public abstract class Preamble extends ChannelInboundHandlerAdapter {
    private ByteBuf pending = Unpooled.EMPTY_BUFFER;
    private boolean more = true;
    private boolean done;
    private boolean leaving;

    /** Nothing is read before {@link #begin}. */
    protected Preamble() {}

    /** Takes the stream over from its hold, if it has one, and reads. */
    protected final void begin(Channel stream) {
        ReadHold.release(stream, pipeline -> pipeline.addLast(this));
        if (more && !done) {
            stream.read();
        }
    }

    /**
     * Looks at what has come and is not taken yet; takes what it understands.
     *
     * @return whether more is to be read; where it is not, it is over, or {@link #resume} goes on
     */
    protected abstract boolean arrived(ChannelHandlerContext ctx, ByteBuf bytes);

    /** The peer has ended in order before the preamble was whole; {@code bytes} is what had come. */
    protected void truncated(ChannelHandlerContext ctx, ByteBuf bytes) {
        ctx.close();
    }

    /** The stream broke before the preamble was whole. */
    protected void lost(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close(); // whoever owns the stream hears of it, and counts
    }

    /** It is over, in whichever way. Called once or more. */
    protected void ended() {}

    /** Whether it is over. */
    protected final boolean done() {
        return done;
    }

    /** Looks again at what has come, and reads more where that is wanted. */
    protected final void resume(ChannelHandlerContext ctx) {
        more = arrived(ctx, pending);
        if (more) {
            ctx.read();
        }
    }

    /** Nothing more is read here, and whoever calls ends the stream: what still comes of it is of no interest. */
    protected final void end() {
        done = true;
        ended();
    }

    /** What is not taken yet goes, in order, to a hold at the end of the pipeline. */
    protected final void leave(ChannelHandlerContext ctx) {
        ReadHold.install(ctx.channel(), 0, null);
        leaving = true;
        end();
        if (pending.isReadable()) {
            ctx.fireChannelRead(pending);
            pending = Unpooled.EMPTY_BUFFER;
        }
        ctx.pipeline().remove(this);
    }

    /** Leaves without a hold: nobody wants what is not taken yet. */
    protected final void leaveAlone(ChannelHandlerContext ctx) {
        end();
        ctx.pipeline().remove(this);
    }

    @Override
    public final void channelRead(ChannelHandlerContext ctx, Object message) {
        if (leaving) {
            ctx.fireChannelRead(message);
        } else if (done) {
            ReferenceCountUtil.release(message);
        } else {
            pending = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), pending, (ByteBuf) message);
        }
    }

    @Override
    public final void channelReadComplete(ChannelHandlerContext ctx) {
        if (done) {
            ctx.fireChannelReadComplete();
        } else {
            resume(ctx);
        }
    }

    @Override
    public final void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (done || !(event instanceof ChannelInputShutdownEvent)) {
            ctx.fireUserEventTriggered(event);
        } else {
            truncated(ctx, pending);
        }
    }

    @Override
    public final void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (leaving) {
            ctx.fireExceptionCaught(cause);
        } else if (!done) {
            lost(ctx, cause);
        }
    }

    @Override
    public final void handlerRemoved(ChannelHandlerContext ctx) {
        end();
        pending.release();
        pending = Unpooled.EMPTY_BUFFER;
    }
}
