package dev.sluice.rudp.protocol;

/**
 * So many in a second in the long run, and a second's worth at once: the generic cell rate algorithm of ATM, one number for all of its
 * state. Its owner's thread only.
 */
final class Budget {
    private static final long SECOND = 1_000_000_000L;
    /** How far beyond nothing it can be overdrawn. */
    private static final long MOST_DEBT = SECOND / 2;

    private final long interval;
    private long fullAt;
    private boolean used;

    /** A full one. */
    Budget(int perSecond) {
        interval = SECOND / perSecond;
    }

    /** Whether {@link #take} would say yes. */
    boolean isLeft(long now) {
        return owed(now) + interval <= SECOND;
    }

    /** Takes one where one is left. */
    boolean take(long now) {
        boolean left = isLeft(now);
        if (left) {
            fullAt = now + owed(now) + interval;
            used = true;
        }
        return left;
    }

    /** Takes one though none may be left: as long as more come than it allows it stays empty, and half a second longer. */
    void overdraw(long now) {
        fullAt = now + Math.min(owed(now) + interval, SECOND + MOST_DEBT);
        used = true;
    }

    /** Nanoseconds until it is full. */
    private long owed(long now) {
        return used ? Math.max(0, fullAt - now) : 0;
    }
}
