package dev.sluice.rudp.protocol.crypto;

import java.security.SecureRandom;
import java.util.Arrays;

/**
 * How many handshakes a source may cost: a bucket for each address (an IPv6 /64 is one), in a table of fixed size. Addresses that hash
 * alike share a bucket, so a flood from random sources can slow its neighbours in the table but never grow it. Its owner's thread only.
 *
 * <p>Ask it about addresses that are proven (a retry cookie came back): what is spoofed would spend the victim's bucket.
 */
public final class HandshakeLimiter {
    private static final int BUCKETS = 8192;
    private static final int WRONG_SECRET_COST = 5;
    private static final long SECOND = 1_000_000_000L;

    /** For each bucket the time at which it is full again, after {@link #start} (the generic cell rate algorithm of ATM). */
    private final long[] fullAt = new long[BUCKETS];
    private final long key = new SecureRandom().nextLong() | 1;
    private final long interval;
    private final long tolerance;
    private long start;
    private boolean started;

    /**
     * A limiter.
     *
     * @param perSecond handshakes that a source may start in the long run
     * @param burst and at once
     */
    public HandshakeLimiter(int perSecond, int burst) {
        this.interval = SECOND / perSecond;
        this.tolerance = interval * burst;
    }

    /** Takes one handshake of a source; false where it has none left. */
    public boolean tryStart(long now, byte[] ipAddress) {
        int bucket = bucket(ipAddress);
        long time = time(now);
        long full = Math.max(fullAt[bucket], time) + interval;
        if (full - time > tolerance) {
            return false;
        }
        fullAt[bucket] = full;
        return true;
    }

    /** A handshake of this source failed at the secret: it pays five more, so that guessing is slow. */
    public void onWrongSecret(long now, byte[] ipAddress) {
        int bucket = bucket(ipAddress);
        long time = time(now);
        fullAt[bucket] = Math.min(Math.max(fullAt[bucket], time) + WRONG_SECRET_COST * interval, time + 2 * tolerance);
    }

    private long time(long now) {
        if (!started) {
            started = true;
            start = now;
        }
        return now - start;
    }

    private int bucket(byte[] ipAddress) {
        int hash = Arrays.hashCode(ipAddress.length == 16 ? Arrays.copyOf(ipAddress, 8) : ipAddress);
        long mixed = (hash ^ key) * 0x9e3779b97f4a7c15L;
        mixed ^= mixed >>> 29;
        return (int) ((mixed * key) >>> 51);
    }
}
