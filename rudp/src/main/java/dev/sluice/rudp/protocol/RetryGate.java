package dev.sluice.rudp.protocol;

import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Which first packets are worth a retry when more come than can be answered. A client repeats its first packet, with the same ID, from the
 * same address, {@link #SOONEST} after the last time or later; a flood from made-up addresses does not. So there are two budgets of equal
 * size: one for whoever comes first, and one for whoever comes again. The second is what lets clients in while a flood eats up the first.
 *
 * <p>What came is remembered in a table of fixed size, made when it is needed first: a hash of address and ID, and the time. Newer entries
 * take the place of older ones, so a flood can make it forget a client (5 of 100 where 10,000 a second come, before the client's first
 * repetition), but never make it grow. Its owner's thread only.
 */
final class RetryGate {
    /** Less than a client's first interval, by what the network's jitter may take off. */
    static final long SOONEST = 200_000_000L;
    /** More than a client's longest interval. */
    static final long LATEST = 2_500_000_000L;

    private static final int SLOTS = 1 << 16;
    private static final long UNIT = 10_000_000L;
    private static final int HALF = 0xFFFF;

    private final Budget unknown;
    private final Budget again;
    private final RandomGenerator random;
    private long key;
    /** Each 16 bits of a hash, and the 10 milliseconds of its time, which come around after eleven minutes. */
    private int @Nullable [] seen;

    /**
     * A gate.
     *
     * @param perSecond of each kind
     * @param random makes the hash unpredictable
     */
    RetryGate(int perSecond, RandomGenerator random) {
        unknown = new Budget(perSecond);
        again = new Budget(perSecond);
        this.random = random;
    }

    /**
     * Whether this first packet is answered.
     *
     * @param address a hash of where it came from
     * @param id random part of the ID that the client made up
     */
    boolean admit(long now, long address, long id) {
        if (unknown.take(now)) {
            return true;
        }
        return repeated(now, address, id) && again.take(now);
    }

    /** Remembers it, unless it is there already and too young: copies that come at once are no repetition, and do not put it off. */
    private boolean repeated(long now, long address, long id) {
        int[] table = seen;
        if (table == null) {
            table = new int[SLOTS];
            seen = table;
            key = random.nextLong() | 1;
        }
        long hash = mix(address ^ mix(id ^ key));
        int slot = (int) (hash >>> 48);
        int tag = (int) (hash >>> 16) & HALF;
        int time = (int) Math.floorDiv(now, UNIT) & HALF;
        int entry = table[slot];
        long age = ((time - entry) & HALF) * UNIT;
        boolean known = entry >>> 16 == tag && age <= LATEST;
        if (known && age < SOONEST) {
            return false;
        }
        table[slot] = tag << 16 | time;
        return known;
    }

    private long mix(long value) {
        long mixed = value * 0x9e3779b97f4a7c15L;
        mixed ^= mixed >>> 32;
        return mixed * key;
    }
}
