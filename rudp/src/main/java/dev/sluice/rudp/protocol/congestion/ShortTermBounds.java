package dev.sluice.rudp.protocol.congestion;

/**
 * What the last losses let {@link Bbr} believe of the path, until it probes for more or the queue is gone (draft-ietf-ccwg-bbr,
 * "bw_shortterm", "inflight_shortterm"): each round with congestion lowers both to what was delivered in it, but by no more than 30 %.
 *
 * <p>Its owner's thread only. Bandwidth in bytes per second, in flight in bytes; {@link Double#MAX_VALUE} where there is no bound.
 */
final class ShortTermBounds {
    private static final double NONE = Double.MAX_VALUE;

    private double bandwidth = NONE;
    private double inflight = NONE;

    double bandwidth() {
        return bandwidth;
    }

    double inflight() {
        return inflight;
    }

    /**
     * A round with congestion has ended.
     *
     * @param maxBandwidth where there is no bound yet, it falls from this
     * @param window and this
     * @param bandwidthLatest no lower than what the round has shown
     * @param inflightLatest and this
     */
    void lower(double maxBandwidth, double window, double bandwidthLatest, double inflightLatest) {
        bandwidth = bandwidth == NONE ? maxBandwidth : bandwidth;
        inflight = inflight == NONE ? window : inflight;
        bandwidth = Math.max(bandwidthLatest, LossRound.BETA * bandwidth);
        inflight = Math.max(inflightLatest, LossRound.BETA * inflight);
    }

    /** The rate is shared: what a round has shown of it is believed, if it is not much less than {@code known}. */
    void share(double bandwidthLatest, double known) {
        bandwidth = Math.max(bandwidthLatest, LossRound.BETA * known);
    }

    void reset() {
        bandwidth = NONE;
        inflight = NONE;
    }
}
