package dev.sluice.rudp.protocol.congestion;

/**
 * By how much packets overtake others: how much earlier one left than another that was acknowledged before it. The largest of the last
 * dozens of round trips is kept. Its owner's thread only; times in ns.
 */
final class PacketOrder {
    /** Remembered for one to two times so many round trips. */
    private static final int PERIOD_ROUND_TRIPS = 32;

    /** When the newest left of those that were acknowledged before. */
    private long newestBefore = Long.MIN_VALUE;
    /** When the newest and the oldest left that are acknowledged now. */
    private long newest = Long.MIN_VALUE;
    private long oldest = Long.MAX_VALUE;
    private long periodAt;
    private long overtaken;
    private long overtakenBefore;

    /** A packet is acknowledged that left then. */
    void onAcked(long sentAt) {
        newest = Math.max(newest, sentAt);
        oldest = Math.min(oldest, sentAt);
    }

    /** The acknowledgement is at its end: within one, nothing overtakes. */
    void onAckEnd(long now, long roundTrip) {
        if (newest == Long.MIN_VALUE) {
            return;
        }
        if (now - periodAt > PERIOD_ROUND_TRIPS * roundTrip) {
            periodAt = now;
            overtakenBefore = overtaken;
            overtaken = 0;
        }
        if (oldest < newestBefore) {
            overtaken = Math.max(overtaken, newestBefore - oldest);
        }
        newestBefore = Math.max(newestBefore, newest);
        newest = Long.MIN_VALUE;
        oldest = Long.MAX_VALUE;
    }

    long overtaken() {
        return Math.max(overtaken, overtakenBefore);
    }
}
