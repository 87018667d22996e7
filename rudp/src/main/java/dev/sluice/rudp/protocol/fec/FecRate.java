package dev.sluice.rudp.protocol.fec;

/** How many repair symbols a block gets, from the loss that is measured: none on clean paths. Its owner's thread only. */
public final class FecRate {

    /** Packets newly acknowledged and newly declared lost (packets repaired by the peer count as lost). */
    public void onFeedback(int acked, int lost) {
        throw new UnsupportedOperationException();
    }

    /** Repair symbols for a block of {@code sources} packets. */
    public int repairs(int sources) {
        throw new UnsupportedOperationException();
    }

    /** Loss as measured, 0 to 1. */
    public double loss() {
        throw new UnsupportedOperationException();
    }
}
