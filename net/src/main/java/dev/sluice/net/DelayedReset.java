package dev.sluice.net;

import io.netty.channel.Channel;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Resets a TCP stream once its peer's kernel has everything written so far. A reset throws away what the sender's kernel still
 * holds; without the wait, a cut download would lose more than the cut.
 *
 * <p>Asks {@code TCP_INFO} with growing pauses until nothing is unacknowledged, or the peer's window stays closed. NIO does not show
 * it: there it asks whether {@link NioSendBuffer} is as good as empty, and waits a moment more for the last segment. Whether a peer
 * that takes nothing has a closed window is not to be told there, so it has until the limit. Belongs to the channel's event loop.
 */
final class DelayedReset implements Runnable {
    private static final int IPPROTO_TCP = 6;
    private static final int TCP_INFO = 11;
    // struct tcp_info of linux/tcp.h
    private static final int UNACKED = 24;
    private static final int NOTSENT = 144;
    private static final int TCP_INFO_SIZE = 192;

    private static final long FIRST_PAUSE = TimeUnit.MICROSECONDS.toNanos(500);
    /** For the last segment on NIO. */
    private static final long LAST_PAUSE = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long MAX_PAUSE = TimeUnit.MILLISECONDS.toNanos(250);
    /** A window that stays closed for so long: nobody reads there. */
    private static final long CLOSED_WINDOW = TimeUnit.SECONDS.toNanos(1);

    private final Channel channel;
    private final long deadline;
    private long pause = FIRST_PAUSE;
    private int notSent;
    private long notSentSince;

    private DelayedReset(Channel channel, Duration limit) {
        this.channel = channel;
        this.deadline = channel.eventLoop().ticker().nanoTime() + limit.toNanos();
    }

    /** Resets {@code channel} after delivery, or after {@code limit}. */
    static void start(Channel channel, Duration limit) {
        DelayedReset reset = new DelayedReset(channel, limit);
        if (!channel.isActive() || channel instanceof HalfCloseAware) {
            Finish.reset(channel);
        } else {
            reset.run();
        }
    }

    @Override
    public void run() {
        long now = channel.eventLoop().ticker().nanoTime();
        long left = deadline - now;
        if (left <= 0) {
            Finish.reset(channel);
        } else if (!delivered(now)) {
            channel.eventLoop().schedule(this, Math.min(left, pause), TimeUnit.NANOSECONDS);
            pause = Math.min(2 * pause, MAX_PAUSE);
        } else if (channel instanceof UnixChannel) {
            Finish.reset(channel);
        } else {
            channel.eventLoop().schedule(() -> Finish.reset(channel), Math.min(left, LAST_PAUSE), TimeUnit.NANOSECONDS);
        }
    }

    private boolean delivered(long now) {
        if (!(channel instanceof UnixChannel unix)) {
            return NioSendBuffer.nearlyEmpty(channel);
        }
        return !channel.isOpen() || !(unix.fd() instanceof Socket socket) || acknowledged(socket, now);
    }

    private boolean acknowledged(Socket socket, long now) {
        ByteBuffer info = ByteBuffer.allocateDirect(TCP_INFO_SIZE).order(ByteOrder.nativeOrder());
        try {
            socket.getRawOpt(IPPROTO_TCP, TCP_INFO, info);
        } catch (IOException e) {
            return true; // no TCP socket, or none any more
        }
        if (info.getInt(UNACKED) > 0) {
            notSent = 0; // on their way
            return false;
        }
        if (notSent == 0 || info.getInt(NOTSENT) != notSent) {
            notSent = info.getInt(NOTSENT);
            notSentSince = now;
        }
        return notSent == 0 || now - notSentSince >= CLOSED_WINDOW;
    }
}
