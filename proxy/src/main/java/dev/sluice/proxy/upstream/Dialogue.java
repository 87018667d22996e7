package dev.sluice.proxy.upstream;

import dev.sluice.core.ConnectFailedException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import org.jspecify.annotations.Nullable;

/**
 * What is said with the next proxy before the stream belongs to the user. One for each stream; on the stream's loop.
 *
 * <p>Order: {@link #greet} once, then {@link #decoder} reads bytes and every message of it comes to {@link #message}, until that
 * gives a result or throws.
 *
 * @param <T> what is learned: the bound address, the status
 */
public interface Dialogue<T> {

    /** Writes what is sent first. */
    void greet(ByteBuf out);

    /** Makes messages of the peer's bytes; when it is removed it must pass on those that it has not used. It may write answers. */
    ChannelHandler decoder();

    /**
     * One message of the decoder.
     *
     * @param message released by the caller
     * @return what was learned, once the dialogue is over; null before
     * @throws ConnectFailedException where the proxy refuses, or breaks its protocol
     */
    @Nullable
    T message(Object message) throws ConnectFailedException;

    /** Whether the proxy has been asked for the target: only then may its silence be the target's fault. */
    boolean asked();
}
