package dev.sluice.proxy;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes per second, shared by everything that draws on it: a bucket that holds a twentieth of a second, and may run into debt that
 * time pays back. Each direction has a bucket of its own.
 *
 * <p>Any thread: drawing is one atomic step (the virtual scheduling form of the leaky bucket, ITU-T I.371: all state is the time
 * at which the bucket will be level again).
 */
public final class Rate {
    private static final long BURST_NANOS = 50_000_000;
    private static final long SECOND = 1_000_000_000;

    private final long bytesPerSecond;
    private final AtomicLong up;
    private final AtomicLong down;

    /** A limit of each direction; at least 1. */
    public Rate(long bytesPerSecond) {
        if (bytesPerSecond < 1) {
            throw new IllegalArgumentException("bytes per second: " + bytesPerSecond + " is below 1");
        }
        this.bytesPerSecond = bytesPerSecond;
        long now = System.nanoTime();
        this.up = new AtomicLong(now);
        this.down = new AtomicLong(now);
    }

    /** The limit of each direction. */
    public long bytesPerSecond() {
        return bytesPerSecond;
    }

    /** Draws bytes from the client; returns for how many nanoseconds the next ones must wait, 0 for not at all. */
    long up(int bytes, long now) {
        return draw(up, bytes, now);
    }

    /** Draws bytes to the client; returns for how many nanoseconds the next ones must wait, 0 for not at all. */
    long down(int bytes, long now) {
        return draw(down, bytes, now);
    }

    /** Draws bytes from the client where they need not wait; packets do not wait, they are dropped. */
    boolean tryUp(int bytes, long now) {
        return level(up, now) && draw(up, bytes, now) >= 0;
    }

    /** Draws bytes to the client where they need not wait. */
    boolean tryDown(int bytes, long now) {
        return level(down, now) && draw(down, bytes, now) >= 0;
    }

    private static boolean level(AtomicLong level, long now) {
        return level.get() - now <= BURST_NANOS;
    }

    private long draw(AtomicLong level, int bytes, long now) {
        long cost = bytes * SECOND / bytesPerSecond; // no overflow: an int times 2^30
        long at = level.updateAndGet(was -> (was - now < 0 ? now : was) + cost);
        return Math.max(0, at - now - BURST_NANOS);
    }
}
