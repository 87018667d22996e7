package dev.sluice.stream;

import dev.sluice.core.CloseReason;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Any channel of Netty. Stateless. */
final class PlainCarrier implements Carrier {
    @Override
    public void install(Channel channel, ChannelHandler tail) {
        channel.pipeline().addLast(tail);
    }

    @Override
    public boolean carriesHalfClose(Channel channel) {
        return channel instanceof DuplexChannel
                && Boolean.TRUE.equals(channel.config().getOption(ChannelOption.ALLOW_HALF_CLOSURE));
    }

    /** Behind the last write: {@code shutdownOutput} drops what is flushed and not yet sent. */
    @Override
    public Future<?> finish(Channel channel) {
        ChannelPromise done = channel.newPromise();
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(f -> {
            if (channel instanceof DuplexChannel duplex && carriesHalfClose(channel)) {
                duplex.shutdownOutput(done);
            } else {
                channel.close(done);
            }
        });
        return done;
    }

    @Override
    public Future<?> reset(Channel channel) {
        channel.config().setOption(ChannelOption.SO_LINGER, 0); // no effect on what is no socket
        return channel.close();
    }

    @Override
    public @Nullable CloseReason closeReason(Channel channel) {
        return null;
    }

    @Override
    public @Nullable Object session(Channel channel) {
        return null;
    }
}
