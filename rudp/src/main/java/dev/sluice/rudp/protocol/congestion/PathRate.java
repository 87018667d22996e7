package dev.sluice.rudp.protocol.congestion;

/**
 * The rate at which the path delivers, as {@link Bbr} models it: the largest of the last two cycles of probing (draft-ietf-ccwg-bbr,
 * "max_bw"), each the largest median of a round. The largest sample of a round tells most of all of an end that was late for some ms, and
 * then took in faster than came. Only the first search takes every sample, as its rate grows within a round.
 *
 * <p>Its owner's thread only; allocates nothing. Bytes per second.
 */
final class PathRate {
    /** Fewer of them have no median that tells: the next round adds to them. */
    private static final int FEW_RATES = 4;

    private final RoundTrips roundTrips;
    private final BandwidthFilter max = new BandwidthFilter();
    /** The same without the samples of STARTUP, which are the largest and not the median of a round. */
    private final BandwidthFilter medians = new BandwidthFilter();
    private final LongRate longRate = new LongRate();
    /** Of this round. */
    private final RoundSamples samples = new RoundSamples();
    private double ofRound;

    PathRate(RoundTrips roundTrips) {
        this.roundTrips = roundTrips;
    }

    /** Takes an acknowledgement in, after {@link RoundTrips} has. */
    void onAck(AckSample ack) {
        longRate.onAck(ack, roundTrips.roundRtt());
    }

    /** Takes the rate of an acknowledgement in; {@code search}: it is still the first search for the rate. */
    void sample(AckSample ack, boolean search) {
        double rate = ack.deliveryRate();
        if (rate > 0 && (rate >= max.max() || !ack.appLimited())) {
            samples.add((long) rate);
            if (search) {
                max.update(rate);
            }
        }
    }

    /** A round has ended. */
    void onRound() {
        longRate.onRound();
        if (samples.count() >= FEW_RATES) {
            ofRound = (double) orLong(samples.median());
            max.update(ofRound);
            medians.update(ofRound);
            samples.clear();
        }
    }

    /** A cycle of probing has ended. */
    void advance() {
        max.advance();
        medians.advance();
    }

    double max() {
        return max.max();
    }

    /** The largest without what only the first search has shown. */
    double maxOfMedians() {
        return medians.max();
    }

    /** Of the last round: the median. */
    double ofRound() {
        return ofRound;
    }

    /** {@code sampled}, but where packets overtake others and so much is known, the rate of some rounds. */
    long orLong(long sampled) {
        long overall = roundTrips.loose() ? (long) longRate.rate() : 0;
        return overall > 0 ? overall : sampled;
    }
}
