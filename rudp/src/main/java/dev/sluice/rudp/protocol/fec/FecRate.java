package dev.sluice.rudp.protocol.fec;

/**
 * How many repair symbols a block gets, from the loss that is measured: the mean of losses in a block and twice their deviation, so that
 * bursts, which make the deviation large, get more than the same loss spread evenly. None on clean paths: it begins at one lost packet in
 * two hundred and ends at one in four hundred. Its owner's thread only.
 */
public final class FecRate {
    /** Most repair symbols of a block. */
    public static final int MAX_REPAIRS = 16;

    private static final int GROUP = FecEncoder.BLOCK;
    private static final double WEIGHT = 1.0 / 64;
    private static final double FIRST_WEIGHT = 1.0 / 4;
    private static final double ON = 0.005;
    private static final double OFF = 0.0025;

    private int groupPackets;
    private int groupLost;
    private long groups;
    private double mean;
    private double variance;
    private boolean on;

    /** Packets newly acknowledged and newly declared lost; those that the peer repaired count as lost. */
    public void onFeedback(int acked, int lost) {
        groupPackets += acked + lost;
        groupLost += lost;
        if (groupPackets < GROUP) {
            return;
        }
        double losses = (double) groupLost * GROUP / groupPackets;
        double weight = Math.max(WEIGHT, FIRST_WEIGHT / ++groups);
        double difference = losses - mean;
        mean += weight * difference;
        variance = (1 - weight) * (variance + weight * difference * difference);
        groupPackets = 0;
        groupLost = 0;
        double loss = loss();
        on = on ? loss > OFF : loss > ON;
    }

    /** Repair symbols for a block of {@code sources} packets. */
    public int repairs(int sources) {
        if (!on) {
            return 0;
        }
        double share = (double) sources / GROUP;
        return (int) Math.clamp(Math.ceil(mean * share + 2 * Math.sqrt(variance * share)), 1, MAX_REPAIRS);
    }

    /** Loss as measured, 0 to 1. */
    public double loss() {
        return mean / GROUP;
    }
}
