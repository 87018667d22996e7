package dev.sluice.rudp.protocol.congestion;

/**
 * The share of the packets that the path loses by chance, with no queue in it: measured over some hundred packets, in rounds without a
 * sign of congestion.
 *
 * <p>Its owner's thread only.
 */
final class RandomLoss {
    private static final double MAX = 0.3;
    /** Below this no loss is taken for chance where somebody else fills the queue. */
    private static final double NOTICED = 0.001;
    private static final double MAX_WEIGHT = 0.25;
    private static final int PACKETS = 400;

    private double share;

    /** 0 to 0.3. */
    double share() {
        return share;
    }

    /** Whether there is any that counts. */
    boolean noticed() {
        return share > NOTICED;
    }

    /**
     * A round without congestion has ended.
     *
     * @param lost the share of it that was lost
     * @param bytes lost and delivered
     * @param datagram bytes of a packet
     */
    void onRound(double lost, long bytes, int datagram) {
        // rounds of few packets say little
        double weight = Math.min(MAX_WEIGHT, (double) bytes / datagram / PACKETS);
        share = Math.min(MAX, share + weight * (lost - share));
    }
}
