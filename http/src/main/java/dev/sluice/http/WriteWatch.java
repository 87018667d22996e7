package dev.sluice.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Notices a peer that takes nothing of what is written to it: not one byte for the whole limit, or up to a quarter more, while the
 * channel is unwritable. Never a limit on the whole, so that big bodies on slow links pass. Belongs to the loop.
 */
final class WriteWatch {
    private static final int LOOKS = 4;

    private final Channel channel;
    private final Duration limit;
    private final Runnable stalled;
    private boolean watching;
    private long pending;
    private int idleLooks;

    WriteWatch(Channel channel, Duration limit, Runnable stalled) {
        this.channel = channel;
        this.limit = limit;
        this.stalled = stalled;
    }

    /** The channel has just become unwritable. */
    void begin() {
        if (!watching) {
            watching = true;
            idleLooks = 0;
            pending = pending();
            lookLater();
        }
    }

    private void lookLater() {
        channel.eventLoop().schedule(this::look, limit.toNanos() / LOOKS, TimeUnit.NANOSECONDS);
    }

    private void look() {
        if (!channel.isActive() || channel.isWritable()) {
            watching = false;
            return;
        }
        long now = pending();
        boolean idle = now >= pending && now > 0; // none: a handler of ours holds them back, such as a rate limit
        pending = now;
        idleLooks = idle ? idleLooks + 1 : 0;
        if (idleLooks < LOOKS) {
            lookLater();
        } else {
            watching = false;
            stalled.run();
        }
    }

    private long pending() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return buffer == null ? 0 : buffer.totalPendingWriteBytes();
    }
}
