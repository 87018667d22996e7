package dev.sluice.rudp.protocol.congestion;

/**
 * How much the path holds, by what {@link Bbr} knows of it: the rate, as far as the last losses let it be believed, times the delay when
 * empty (draft-ietf-ccwg-bbr, "bdp"); and the smallest amounts that make sense at all, by the size of a datagram.
 *
 * <p>Its owner's thread only; allocates nothing. Sizes in bytes, rates in bytes per second.
 */
final class PathModel {
    private static final int MIN_PACKETS = 4;
    private static final int INITIAL_PACKETS = 10;
    private static final int INITIAL_BYTES = 14720;
    private static final long QUANTUM_NANOS = 1_000_000;
    private static final int MAX_QUANTUM = 64 * 1024;
    private static final double NANOS = 1e9;

    private final RoundTrips roundTrips;
    private final PathRate rate;
    private final ShortTermBounds shortTerm;
    private int datagram;

    PathModel(RoundTrips roundTrips, PathRate rate, ShortTermBounds shortTerm, int datagram) {
        this.roundTrips = roundTrips;
        this.rate = rate;
        this.shortTerm = shortTerm;
        this.datagram = datagram;
    }

    void onMaxDatagramSize(int bytes) {
        datagram = bytes;
    }

    /** Bytes of a full packet. */
    int datagram() {
        return datagram;
    }

    /** The rate as modelled. */
    double bandwidth() {
        return Math.min(rate.max(), shortTerm.bandwidth());
    }

    /** What the path holds at the rate as modelled. */
    double product() {
        return product(bandwidth());
    }

    /** What the path holds at this rate. */
    double product(double rate) {
        long min = roundTrips.min();
        return min == 0 ? initialWindow() : rate * min / NANOS;
    }

    /** What is in flight at a gain over the product, with room for batches and lumps; {@code pacingRate}: that of the batches. */
    double inflightAt(double gain, double pacingRate) {
        return Math.max(gain * product(), minimumWindow()) + 3 * quantum(pacingRate);
    }

    /** Bytes of a batch that leaves at once. */
    private double quantum(double pacingRate) {
        return Math.clamp(pacingRate * QUANTUM_NANOS / NANOS, 2.0 * datagram, (double) MAX_QUANTUM) / 2;
    }

    /** What is in flight while the delay of the empty path is looked at. */
    double probeRttWindow() {
        return Math.max(BbrState.PROBE_RTT.windowGain * product(), minimumWindow());
    }

    double initialWindow() {
        return Math.min(INITIAL_PACKETS * datagram, Math.max(2 * datagram, INITIAL_BYTES));
    }

    double minimumWindow() {
        return packets(MIN_PACKETS);
    }

    double packets(int number) {
        return (double) number * datagram;
    }
}
