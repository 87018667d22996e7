package dev.sluice.rudp.protocol.congestion;

/**
 * How much more is acknowledged at once than the path's rate explains, the largest of the last rounds: peers and links that acknowledge
 * in lumps need that much more in flight (draft-ietf-ccwg-bbr, "extra_acked").
 */
final class AckAggregation {
    private static final int ROUNDS = 10;
    private static final double NANOS = 1e9;

    private final BandwidthFilter extra = new BandwidthFilter();
    private long since;
    private double acked;
    private int rounds;

    /** Takes an acknowledgement in; {@code rate} in bytes per second, {@code window}: no more than this is believed. */
    void onAck(long now, long bytes, double rate, double window, boolean roundStart) {
        double expected = rate * (now - since) / NANOS;
        if (acked <= expected) {
            acked = 0;
            since = now;
            expected = 0;
        }
        acked += bytes;
        if (roundStart && ++rounds >= ROUNDS / 2) {
            rounds = 0;
            extra.advance();
        }
        extra.update(Math.min(acked - expected, window));
    }

    /** Sending begins after a pause. */
    void restart(long now) {
        acked = 0;
        since = now;
    }

    double bytes() {
        return extra.max();
    }
}
