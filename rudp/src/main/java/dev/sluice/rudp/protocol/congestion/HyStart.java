package dev.sluice.rudp.protocol.congestion;

/**
 * HyStart++ (RFC 9406): ends slow start when the round trip grows, before a queue overflows, and first slows down for some rounds to see
 * whether it was only jitter. Without the limit L, since packets are paced (RFC 9406 §4.3). The delay of a round is that of
 * {@link RoundTrips}, which is not misled by single early packets.
 */
final class HyStart {
    private static final long MIN_RTT_THRESH = 4_000_000;
    private static final long MAX_RTT_THRESH = 16_000_000;
    private static final int MIN_RTT_DIVISOR = 8;
    private static final int CSS_GROWTH_DIVISOR = 4;
    private static final int CSS_ROUNDS = 5;

    private long lastRoundRtt;
    private long baseline;
    private int cssRounds;

    /** Bytes by which the window may grow in slow start for an acknowledgement of {@code acked}. */
    long growth(long acked) {
        return baseline == 0 ? acked : Math.max(1, acked / CSS_GROWTH_DIVISOR);
    }

    /** A round has ended; true where slow start has, too. */
    boolean onRound(long roundRtt) {
        if (baseline != 0) {
            if (roundRtt < baseline) {
                baseline = 0;
                cssRounds = 0;
            } else if (++cssRounds >= CSS_ROUNDS) {
                return true;
            }
        } else if (lastRoundRtt != 0) {
            long threshold = Math.clamp(lastRoundRtt / MIN_RTT_DIVISOR, MIN_RTT_THRESH, MAX_RTT_THRESH);
            if (roundRtt >= lastRoundRtt + threshold) {
                baseline = roundRtt;
                cssRounds = 0;
            }
        }
        lastRoundRtt = roundRtt;
        return false;
    }

    void reset() {
        lastRoundRtt = 0;
        baseline = 0;
        cssRounds = 0;
    }
}
