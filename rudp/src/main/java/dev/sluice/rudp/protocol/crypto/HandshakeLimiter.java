package dev.sluice.rudp.protocol.crypto;

import java.security.SecureRandom;
import java.util.Arrays;

/**
 * How many handshakes a source may cost: a bucket for each address (an IPv6 /64 is one), in a table of fixed size. Addresses that hash
 * alike share a bucket, so a flood from random sources can slow its neighbours in the table but never grow it. Its owner's thread only.
 *
 * <p>Addresses that are proven (a retry cookie came back) have buckets of their own. What is spoofed spends the victim's other one, and
 * where that is empty the address is to be asked for proof, not refused.
 */
public final class HandshakeLimiter {
    private static final int BUCKETS = 8192;
    private static final int WRONG_SECRET_COST = 5;
    private static final long SECOND = 1_000_000_000L;

    /** For each bucket the time at which it is full again, after {@link #start} (the generic cell rate algorithm of ATM). */
    private final long[] fullAt = new long[BUCKETS];
    private final long[] unprovenFullAt = new long[BUCKETS];
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

    /** Takes one handshake of a source that is where it says; false where it has none left. */
    public boolean tryStart(long now, byte[] ipAddress) {
        return take(fullAt, now, ipAddress);
    }

    /** Takes one handshake of what says it is this source; false where nothing more is to be believed without proof. */
    public boolean tryStartUnproven(long now, byte[] ipAddress) {
        return take(unprovenFullAt, now, ipAddress);
    }

    /** A handshake of this source failed at the secret: it pays five more, so that guessing is slow. */
    public void onWrongSecret(long now, byte[] ipAddress) {
        fine(fullAt, now, ipAddress);
    }

    /** The same of what says it is this source. */
    public void onWrongSecretUnproven(long now, byte[] ipAddress) {
        fine(unprovenFullAt, now, ipAddress);
    }

    private boolean take(long[] buckets, long now, byte[] ipAddress) {
        int bucket = bucket(ipAddress);
        long time = time(now);
        long full = Math.max(buckets[bucket], time) + interval;
        if (full - time > tolerance) {
            return false;
        }
        buckets[bucket] = full;
        return true;
    }

    private void fine(long[] buckets, long now, byte[] ipAddress) {
        int bucket = bucket(ipAddress);
        long time = time(now);
        buckets[bucket] = Math.min(Math.max(buckets[bucket], time) + WRONG_SECRET_COST * interval, time + 2 * tolerance);
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
