package dev.sluice.rudp.protocol.congestion;

/** The largest of what was seen in the current and the last period; the owner says when a period ends. */
final class BandwidthFilter {
    private double current;
    private double previous;

    void update(double value) {
        current = Math.max(current, value);
    }

    /** A period ends. One in which nothing was seen is not counted. */
    void advance() {
        if (current > 0) {
            previous = current;
            current = 0;
        }
    }

    double max() {
        return Math.max(current, previous);
    }
}
