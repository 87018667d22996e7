package dev.sluice.proxy.upstream;

import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Scope;
import dev.sluice.net.ReadHold;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.DecoderException;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Holds one {@link Dialogue} on a stream: takes it over from its {@link ReadHold}, and leaves it with a new one that has the bytes
 * that came behind the last reply. Every failure closes the stream.
 *
 * <p>Belongs to the stream's loop.
 */
public final class Handshake<T> extends ChannelInboundHandlerAdapter {
    private final String who;
    private final Dialogue<T> dialogue;
    private final ChannelHandler decoder;
    private final Promise<T> done;
    private final Scope scope;

    private Handshake(String who, Dialogue<T> dialogue, Promise<T> done, Scope scope) {
        this.who = who;
        this.dialogue = dialogue;
        this.decoder = dialogue.decoder();
        this.done = done;
        this.scope = scope;
    }

    /**
     * Starts the dialogue. On the stream's loop.
     *
     * @param who names the peer in the words of a failure
     * @param limit for the whole dialogue
     * @param scope owns the stream afterwards, until somebody takes it over; during the dialogue the caller does
     * @return fails with a {@link ConnectFailedException}; cancelling it closes the stream
     */
    public static <T> Future<T> begin(Channel channel, String who, Dialogue<T> dialogue, Duration limit, Scope scope) {
        Promise<T> done = channel.eventLoop().newPromise();
        Handshake<T> handshake = new Handshake<>(who, dialogue, done, scope);
        Future<?> timer = channel.eventLoop().schedule(handshake::expire, limit.toNanos(), TimeUnit.NANOSECONDS);
        done.addListener(f -> {
            timer.cancel(false);
            if (!f.isSuccess()) {
                channel.close();
            }
        });
        ByteBuf greeting = channel.alloc().buffer();
        dialogue.greet(greeting);
        channel.writeAndFlush(greeting);
        ReadHold.release(channel, pipeline -> pipeline.addLast(handshake.decoder, handshake));
        if (!done.isDone()) {
            channel.read();
        }
        return done;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (done.isDone()) {
            ReferenceCountUtil.release(message);
            return;
        }
        try {
            T result = dialogue.message(message);
            if (result != null) {
                leave(ctx, result);
            }
        } catch (ConnectFailedException e) {
            done.tryFailure(e);
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    /** The new hold stands before the decoder goes: so it gets the bytes that the decoder has not used. */
    private void leave(ChannelHandlerContext ctx, T result) {
        ChannelPipeline pipeline = ctx.pipeline();
        ReadHold.install(ctx.channel(), 0, null).ownedBy(scope);
        pipeline.remove(this);
        pipeline.remove(decoder);
        done.trySuccess(result);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (!done.isDone()) {
            ctx.read();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            fail(Failure.UPSTREAM_UNREACHABLE, "closed the connection during the handshake", null);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        fail(Failure.UPSTREAM_UNREACHABLE, "closed the connection during the handshake", null);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable error) {
        Throwable cause = error instanceof DecoderException && error.getCause() != null ? error.getCause() : error;
        if (cause instanceof ConnectFailedException e) {
            done.tryFailure(e);
        } else {
            fail(NextProxy.faultOf(cause), String.valueOf(cause.getMessage()), cause);
        }
    }

    private void expire() {
        if (dialogue.asked()) {
            fail(Failure.TIMEOUT, "did not answer in time", null);
        } else {
            fail(Failure.UPSTREAM_UNREACHABLE, "did not shake hands in time", null);
        }
    }

    private void fail(Failure failure, String what, @Nullable Throwable cause) {
        done.tryFailure(new ConnectFailedException(failure, who + " " + what, cause));
    }
}
