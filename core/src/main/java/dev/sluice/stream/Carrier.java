package dev.sluice.stream;

import dev.sluice.core.CloseReason;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Stream} must know of the channel beneath it and cannot know itself: how such a channel is taken over and how it
 * ends. The module that makes the channels gives one; {@link #PLAIN} serves any channel of Netty.
 *
 * <p>All methods are called on the channel's loop.
 */
public interface Carrier {

    /** For plain channels of Netty: sockets, and what ends as they do. */
    Carrier PLAIN = new PlainCarrier();

    /** Puts {@code tail} at the end of the pipeline, and delivers to it what was kept for it. */
    void install(Channel channel, ChannelHandler tail);

    /** Whether output can end while input goes on. Where not, the end of output is a full close. */
    boolean carriesHalfClose(Channel channel);

    /** Ends output after everything written. */
    Future<?> finish(Channel channel);

    /** Closes so that the peer sees a reset. */
    Future<?> reset(Channel channel);

    /** Why the channel was closed, or takes no more output, where it can say so; null otherwise. */
    @Nullable
    CloseReason closeReason(Channel channel);

    /** The connection that carries this stream among others, as its module knows it; null where there is none. Any thread. */
    @Nullable
    Object session(Channel channel);
}
