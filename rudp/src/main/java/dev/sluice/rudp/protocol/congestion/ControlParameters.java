package dev.sluice.rudp.protocol.congestion;

/**
 * How much {@link Bbr} may have in flight and how fast it may leave: what follows from its state and from what it knows of the path
 * (draft-ietf-ccwg-bbr, "Updating Control Parameters").
 *
 * <p>Its owner's thread only; allocates nothing. Sizes in bytes, rates in bytes per second.
 */
final class ControlParameters {
    /** In a full queue the share of the rate is the share of the packets that wait: more than this pushes others out. */
    private static final double SHARED_CWND_GAIN = 1.25;
    /** Beside others the window is what limits; the pace only spreads it. */
    private static final double SHARED_PACING_GAIN = 1.1;
    private static final double PACING_MARGIN = 0.99;
    private static final int PACED_INITIAL_PACKETS = 32;
    private static final double NANOS = 1e9;

    private final PathModel path;
    private final RoundTrips roundTrips;
    private final ShortTermBounds shortTerm;
    private final LongTermBound longTerm;
    private final RandomLoss randomLoss;
    private final AckAggregation aggregation;
    private final SharedQueue shared;
    private double cwnd;
    private double pacingRate;
    private double cwndBefore;
    private boolean restore;

    ControlParameters(PathModel path, RoundTrips roundTrips, ShortTermBounds shortTerm, LongTermBound longTerm,
            RandomLoss randomLoss, AckAggregation aggregation, SharedQueue shared) {
        this.path = path;
        this.roundTrips = roundTrips;
        this.shortTerm = shortTerm;
        this.longTerm = longTerm;
        this.randomLoss = randomLoss;
        this.aggregation = aggregation;
        this.shared = shared;
        cwnd = path.initialWindow();
        startPacing(RttEstimator.GRANULARITY);
    }

    double window() {
        return cwnd;
    }

    double pacingRate() {
        return pacingRate;
    }

    /** Whether the window was what kept more from being sent. */
    boolean fills(AckSample ack) {
        return (double) (ack.bytesInFlight() + ack.ackedBytes()) + path.packets(2) >= cwnd;
    }

    /** What is in flight at a gain over the product of rate and delay, with room for batches and lumps. */
    double inflightAt(double gain) {
        return path.inflightAt(gain, pacingRate);
    }

    /**
     * Less than the long-term bound, to leave room for others. Where nobody else is seen, no less than the pipe holds with what is lost in
     * it and not noticed yet.
     */
    double inflightWithHeadroom() {
        return longTerm.withHeadroom(shared.suspected()
                ? path.minimumWindow()
                : inflightAt(BbrState.UP.pacingGain) / (1 - randomLoss.share()) + aggregation.bytes());
    }

    /** What is paced over a known round trip floods no queue: the search for the rate begins where it would be two rounds later. */
    void onHandshakeRtt(long rtt) {
        cwnd = Math.max(cwnd, path.packets(PACED_INITIAL_PACKETS));
        startPacing(Math.max(rtt, RttEstimator.GRANULARITY));
    }

    /** The rate is not known yet: as fast as STARTUP sends the window in a round trip of {@code rtt} ns. */
    void startPacing(long rtt) {
        pacingRate = BbrState.STARTUP.pacingGain * cwnd * NANOS / rtt;
    }

    /** All that was sent is lost: begins small, until something arrives. */
    void onPersistentCongestion() {
        cwndBefore = restore ? cwndBefore : cwnd;
        restore = true;
        cwnd = path.minimumWindow();
    }

    /** Something has arrived. */
    void onArrival() {
        if (restore) {
            restore = false;
            restoreWindow();
        }
    }

    /** PROBE_RTT begins, after which the window is to be what it is now. */
    void saveWindow() {
        cwndBefore = Math.max(cwnd, restore ? cwndBefore : 0);
    }

    void restoreWindow() {
        cwnd = Math.max(cwnd, cwndBefore);
    }

    /** {@code full}: the rate is known. */
    void setPacingRate(BbrState state, double gain, boolean full) {
        double rate = gain * path.bandwidth() * PACING_MARGIN / (1 - randomLoss.share());
        if (shared.active() && state != BbrState.PROBE_RTT) {
            rate = SHARED_PACING_GAIN * shared.window() * NANOS / Math.max(1, roundTrips.roundRtt());
        }
        if (rate > 0 && (full || rate > pacingRate)) {
            pacingRate = rate;
        }
    }

    /** Something was acknowledged; {@code full}: the rate is known. */
    void setWindow(BbrState state, AckSample ack, boolean full) {
        if (shared.active() && state != BbrState.PROBE_RTT) {
            cwnd = Math.max(shared.window(), path.minimumWindow());
            return;
        }
        double gain = shared.suspected() ? Math.min(state.windowGain, SHARED_CWND_GAIN) : state.windowGain;
        double limit = inflightAt(gain) + aggregation.bytes();
        if (full) {
            cwnd = Math.min(cwnd + ack.ackedBytes(), limit);
        } else if (cwnd < limit || ack.delivered() < path.initialWindow()) {
            cwnd += ack.ackedBytes();
        }
        double bound = switch (state) {
            case PROBE_RTT -> Math.min(path.probeRttWindow(), inflightWithHeadroom());
            case CRUISE -> inflightWithHeadroom();
            case DOWN, REFILL, UP -> longTerm.inflight();
            case STARTUP, DRAIN -> LongTermBound.NONE;
        };
        cwnd = Math.max(Math.min(cwnd, Math.min(bound, shortTerm.inflight())), path.minimumWindow());
    }
}
