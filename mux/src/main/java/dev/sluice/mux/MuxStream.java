package dev.sluice.mux;

import dev.sluice.net.StreamChannel;
import io.netty.channel.Channel;

/** One stream of a {@link MuxSession}. Belongs to the loop of the session. */
public abstract class MuxStream extends StreamChannel {
    private final int id;

    /** A stream that is registered by its session. */
    protected MuxStream(Channel carrier, int id, boolean carriesHalfClose) {
        super(carrier, carriesHalfClose, Integer.MAX_VALUE);
        this.id = id;
    }

    /** The number of the stream in its session. */
    public final int streamId() {
        return id;
    }
}
