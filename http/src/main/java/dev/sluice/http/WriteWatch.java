package dev.sluice.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Notices a peer that takes nothing of what is written to it: not one byte for the whole limit while the channel is unwritable. Never
 * a limit on the whole, so that big bodies on slow links pass. Belongs to the loop.
 */
final class WriteWatch {
    private final Channel channel;
    private final Duration limit;
    private final Runnable stalled;
    private boolean watching;
    private long pending;

    WriteWatch(Channel channel, Duration limit, Runnable stalled) {
        this.channel = channel;
        this.limit = limit;
        this.stalled = stalled;
    }

    /** The channel has just become unwritable. */
    void begin() {
        if (!watching) {
            watching = true;
            pending = pending();
            channel.eventLoop().schedule(this::look, limit.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void look() {
        watching = false;
        if (!channel.isActive() || channel.isWritable()) {
            return;
        }
        long now = pending();
        if (now >= pending && now > 0) { // none: a handler of ours holds them back, such as a rate limit
            stalled.run();
        } else {
            begin();
        }
    }

    private long pending() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return buffer == null ? 0 : buffer.totalPendingWriteBytes();
    }
}
