package dev.sluice.proxy;

import dev.sluice.core.CloseReasons;
import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.net.ReadHold;
import dev.sluice.net.StreamChannel;
import dev.sluice.proxy.rudp.RudpAnswer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.Promise;
import org.jspecify.annotations.Nullable;

/** Waits for the one byte that answers a request; what comes behind it stays in a hold. Belongs to the stream's loop. */
final class RudpAnswerReader extends ChannelInboundHandlerAdapter {
    private final StreamChannel stream;
    private final String asked;
    private final Promise<StreamChannel> answered;
    private boolean done;

    private RudpAnswerReader(StreamChannel stream, String asked, Promise<StreamChannel> answered) {
        this.stream = stream;
        this.asked = asked;
        this.answered = answered;
    }

    /**
     * Takes the stream over from its hold; {@code answered} fails where the answer is no, or does not come.
     *
     * @param asked what the request was for, and of whom, in words
     */
    static void read(StreamChannel stream, String asked, Promise<StreamChannel> answered) {
        RudpAnswerReader reader = new RudpAnswerReader(stream, asked, answered);
        ReadHold.release(stream, pipeline -> pipeline.addLast(reader));
        if (!reader.done) {
            stream.read();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (done) {
            ctx.fireChannelRead(bytes);
            return;
        }
        if (!bytes.isReadable()) {
            bytes.release();
            return;
        }
        int code = bytes.readUnsignedByte();
        Failure failure = RudpAnswer.failure(code);
        done = true;
        if (failure != null) {
            bytes.release();
            answered.tryFailure(new ConnectFailedException(failure, asked + ": " + RudpAnswer.words(code), null));
            return;
        }
        ReadHold.install(stream, 0, null);
        if (bytes.isReadable()) {
            ctx.fireChannelRead(bytes);
        } else {
            bytes.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (!done) {
            ctx.read();
        } else if (stream.pipeline().get(ReadHold.class) != null) {
            ctx.pipeline().remove(this);
            answered.trySuccess(stream);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (done) {
            ctx.fireUserEventTriggered(event);
        } else if (event instanceof ChannelInputShutdownEvent) {
            gone(null);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (done) {
            ctx.fireExceptionCaught(cause);
        } else {
            gone(cause);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (done) {
            ctx.fireChannelInactive();
        } else {
            gone(null);
        }
    }

    private void gone(@Nullable Throwable cause) {
        done = true;
        String why = cause == null ? "" : ": " + CloseReasons.classify(cause);
        answered.tryFailure(new ConnectFailedException(Failure.UPSTREAM_UNREACHABLE,
                "the rudp server closed the stream before it answered" + why, cause));
    }
}
