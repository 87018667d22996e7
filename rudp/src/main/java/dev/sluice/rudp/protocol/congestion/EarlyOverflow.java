package dev.sluice.rudp.protocol.congestion;

/**
 * Whether the losses of a search for the rate say that the queue was full before it began. A queue that overflows before the delay has
 * grown by half either is short, or was full of others' packets when the smallest delay was measured: only a look at the delay with
 * little in flight tells. Packets that are only late look like such an overflow, until their acknowledgements come, so it is believed two
 * rounds later, and only if nothing was late until then: a queue that drops at its tail makes no packet late.
 *
 * <p>Its owner's thread only.
 */
final class EarlyOverflow {
    private static final double GROWN = 1.5;
    private static final int ROUNDS_OF_DOUBT = 2;
    private static final int NONE = -1;

    private int roundsSince = NONE;

    /**
     * A round trip has ended.
     *
     * @param drowned so much was lost while the sender searched that chance is no reason
     * @param rtt of this round, ns
     * @param min the smallest, as far as it is known, ns
     */
    void onRound(boolean drowned, long rtt, long min) {
        if (drowned && rtt < GROWN * min) {
            roundsSince = 0;
        } else if (roundsSince != NONE) {
            roundsSince = Math.min(roundsSince + 1, ROUNDS_OF_DOUBT);
        }
    }

    /** A packet that was taken for lost was only late. */
    void onSpuriousLoss() {
        roundsSince = NONE;
    }

    /** The smallest delay is not to be believed. */
    boolean confirmed() {
        return roundsSince == ROUNDS_OF_DOUBT;
    }

    /** It was looked at. */
    void end() {
        roundsSince = NONE;
    }
}
