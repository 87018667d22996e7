package dev.sluice.rudp.protocol.congestion;

/** Round-trip time of a path (RFC 9002 §5). All times in ns. Its owner's thread only. */
public final class RttEstimator {
    /** Assumed before the first sample (RFC 9002 §6.2.2). */
    public static final long INITIAL_RTT = 333_000_000;
    /** Timers are not finer than this (RFC 9002 §6.1.2). */
    public static final long GRANULARITY = 1_000_000;

    private long latest;
    private long smoothed = INITIAL_RTT;
    private long variation = INITIAL_RTT / 2;
    private long min;

    /**
     * A sample: the largest packet of an acknowledgement was newly acknowledged, and something in it asked for one.
     *
     * @param rtt from its departure to now
     * @param ackDelay how long the peer says it waited, no longer than it promised to
     */
    public void onSample(long rtt, long ackDelay) {
        latest = Math.max(1, rtt);
        if (min == 0) {
            min = latest;
            smoothed = latest;
            variation = latest / 2;
            return;
        }
        min = Math.min(min, latest);
        long adjusted = latest >= min + ackDelay ? latest - ackDelay : latest;
        variation = (3 * variation + Math.abs(smoothed - adjusted)) / 4;
        smoothed = (7 * smoothed + adjusted) / 8;
    }

    /** Whether there was a sample. */
    public boolean hasSample() {
        return min != 0;
    }

    /** The last sample; 0 before the first. */
    public long latest() {
        return latest;
    }

    /** Smoothed. */
    public long smoothed() {
        return smoothed;
    }

    /** Mean deviation. */
    public long variation() {
        return variation;
    }

    /** Smallest; 0 before the first sample. */
    public long min() {
        return min;
    }

    /** Time after which a probe is sent (RFC 9002 §6.2.1), without back-off. */
    public long probeTimeout(long maxAckDelay) {
        return smoothed + Math.max(4 * variation, GRANULARITY) + maxAckDelay;
    }

    /** After persistent congestion the smallest round trip is learned anew (RFC 9002 §5.2). */
    public void forgetMin() {
        if (min != 0) {
            min = latest;
        }
    }

    /** Another path: everything is learned anew. */
    public void reset() {
        latest = 0;
        smoothed = INITIAL_RTT;
        variation = INITIAL_RTT / 2;
        min = 0;
    }
}
