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
 * <p>Asks {@code TCP_INFO} with growing pauses until nothing is unacknowledged, or the peer's window stays closed; where the
 * transport does not show it (NIO), it waits a moment and hopes. Belongs to the channel's event loop.
 */
final class DelayedReset implements Runnable {
    private static final int IPPROTO_TCP = 6;
    private static final int TCP_INFO = 11;
    // struct tcp_info of linux/tcp.h
    private static final int UNACKED = 24;
    private static final int NOTSENT = 144;
    private static final int TCP_INFO_SIZE = 192;

    private static final long FIRST_PAUSE = TimeUnit.MICROSECONDS.toNanos(500);
    private static final long BLIND_PAUSE = TimeUnit.MILLISECONDS.toNanos(100);
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
        } else if (channel instanceof UnixChannel unix && unix.fd() instanceof Socket) {
            reset.run();
        } else {
            channel.eventLoop().schedule(() -> Finish.reset(channel), BLIND_PAUSE, TimeUnit.NANOSECONDS);
        }
    }

    @Override
    public void run() {
        long now = channel.eventLoop().ticker().nanoTime();
        long left = deadline - now;
        if (left <= 0 || over(now)) {
            Finish.reset(channel);
        } else {
            channel.eventLoop().schedule(this, Math.min(left, pause), TimeUnit.NANOSECONDS);
            pause = Math.min(2 * pause, MAX_PAUSE);
        }
    }

    private boolean over(long now) {
        if (!channel.isOpen() || !(((UnixChannel) channel).fd() instanceof Socket socket)) {
            return true;
        }
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
