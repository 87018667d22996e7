package dev.sluice.net;

import dev.sluice.core.CloseReason;
import dev.sluice.stream.Carrier;
import dev.sluice.stream.Stream;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Makes a blocking {@link Stream} of a stream channel of ours: a socket, TLS on it, or a {@link StreamChannel}. Any thread. */
public final class Streams {
    private static final Carrier CARRIER = new ChannelCarrier();

    private Streams() {}

    /** Takes {@code channel} over from its {@link ReadHold}, where it has one; the stream owns it from now on. */
    public static Stream of(Channel channel) {
        return Stream.over(channel, CARRIER);
    }

    /** Ends channels as everything here does: by {@link Finish}. Stateless. */
    private static final class ChannelCarrier implements Carrier {
        @Override
        public void install(Channel channel, ChannelHandler tail) {
            ReadHold.release(channel, pipeline -> pipeline.addLast(tail));
        }

        @Override
        public boolean carriesHalfClose(Channel channel) {
            return Finish.carriesHalfClose(channel);
        }

        @Override
        public Future<?> finish(Channel channel) {
            return Finish.finish(channel);
        }

        @Override
        public Future<?> reset(Channel channel) {
            return Finish.reset(channel);
        }

        @Override
        public @Nullable CloseReason closeReason(Channel channel) {
            return channel instanceof StreamChannel stream ? stream.closeReason() : null;
        }

        @Override
        public @Nullable Object session(Channel channel) {
            return channel instanceof StreamChannel stream ? stream.session() : null;
        }
    }
}
