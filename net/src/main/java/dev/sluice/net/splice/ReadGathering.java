package dev.sluice.net.splice;

import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;

/**
 * Lets the bytes of a fast socket gather before the loop is woken for them, as a network card does with its interrupts. A loop that is
 * woken for every write of the sender moves little at a time, and pays more for waking than for moving.
 *
 * <p>States: <em>off</em>, every byte wakes the loop, as with any socket; <em>on</em>, only {@value #THRESHOLD} bytes, the end or a
 * failure do ({@code SO_RCVLOWAT}, socket(7)), and the loop looks by itself at every tick of {@link GatheringTick}, so that no byte
 * waits longer than that. A stream that moves much in small parts turns it on; one that has become slow, off.
 *
 * <p>Belongs to the event loop of the socket.
 */
final class ReadGathering {
    /** Wakes the loop before the next tick. */
    static final int THRESHOLD = 1 << 20;
    /** A stream is judged after so many bytes, */
    private static final int SAMPLE = 16 << 20;
    /** is fast when they came within this time (100 MB/s), */
    private static final long SAMPLE_NANOS = 160_000_000;
    /** and in small parts when the socket ran dry after fewer than these on average. */
    private static final int SMALL_PART = THRESHOLD / 2;
    /** Ticks after which a gathering stream is judged again: it goes on from 25 MB/s. */
    private static final int TICKS = 4;
    private static final int SLOW = TICKS * (50 << 10);

    // asm-generic/socket.h: SOL_SOCKET, SO_RCVLOWAT
    static final IntegerUnixChannelOption SO_RCVLOWAT = new IntegerUnixChannelOption("SO_RCVLOWAT", 1, 18);

    private final SpliceEnd end;
    private final EpollSocketChannel channel;
    private final GatheringTick tick;
    private boolean on;
    private long since = System.nanoTime();
    private long taken;
    private int dry;
    private int ticks;

    ReadGathering(SpliceEnd end, EpollSocketChannel channel) {
        this.end = end;
        this.channel = channel;
        this.tick = GatheringTick.of(channel.eventLoop());
    }

    /** So many bytes were taken from the socket. */
    void took(int bytes) {
        taken += bytes;
    }

    /** The socket had no more. */
    void ranDry() {
        if (on) {
            return;
        }
        dry++;
        if (taken >= SAMPLE) {
            long now = System.nanoTime();
            if (now - since <= SAMPLE_NANOS && taken / dry < SMALL_PART) {
                start();
            }
            since = now;
            taken = 0;
            dry = 0;
        }
    }

    /** Fewer bytes wake the loop no more. */
    void start() {
        if (!on && set(THRESHOLD)) {
            on = true;
            ticks = 0;
            tick.add(this);
        }
    }

    /** Time to look what has gathered. */
    void tick() {
        end.look();
        if (on && ++ticks == TICKS) {
            ticks = 0;
            if (taken < SLOW) {
                stop();
            }
            taken = 0;
        }
    }

    /** Every byte wakes the loop again. */
    void stop() {
        if (on) {
            on = false;
            tick.remove(this);
            since = System.nanoTime();
            dry = 0;
            set(1);
        }
    }

    private boolean set(int bytes) {
        try {
            return channel.isOpen() && channel.config().setOption(SO_RCVLOWAT, bytes);
        } catch (ChannelException e) {
            return false; // the socket is gone, as its own event is about to say
        }
    }
}
