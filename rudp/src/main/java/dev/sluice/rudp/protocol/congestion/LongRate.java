package dev.sluice.rudp.protocol.congestion;

import java.util.Arrays;

/**
 * The rate at which the path delivers where packets overtake each other: what was delivered over some round trips, divided by their time,
 * and the median of some of those. There a sample over one round trip is of no use, as what the newest acknowledgement tells of is not all
 * that was sent before: an early packet makes it half the rate, an early acknowledgement twice. For the same reason a round trip is
 * taken to end at an acknowledgement that took as long as usual.
 *
 * <p>Its owner's thread only; allocates nothing. Times in ns, rates in bytes per second.
 */
final class LongRate {
    private static final int ROUNDS = 6;
    private static final int RATES = 7;
    private static final double NANOS = 1e9;

    private final long[] times = new long[ROUNDS];
    private final long[] delivered = new long[ROUNDS];
    private final double[] rates = new double[RATES];
    private final double[] sorted = new double[RATES];
    private int ends;
    private boolean due;

    /** A round has ended: the next acknowledgement that took as long as usual is its end. */
    void onRound() {
        due = true;
    }

    /** {@code usual}: the delay of the last round. */
    void onAck(AckSample ack, long usual) {
        if (!due || ack.ackedBytes() == 0 || ack.now() - ack.typicalSentAt() < usual) {
            return;
        }
        due = false;
        int at = ends % ROUNDS;
        if (ends >= ROUNDS && ack.now() > times[at]) {
            rates[ends % RATES] = (ack.delivered() - delivered[at]) * NANOS / (ack.now() - times[at]);
        }
        times[at] = ack.now();
        delivered[at] = ack.delivered();
        ends++;
    }

    /** 0 where it is not known yet. */
    double rate() {
        if (ends < ROUNDS + RATES) {
            return 0;
        }
        System.arraycopy(rates, 0, sorted, 0, RATES);
        Arrays.sort(sorted);
        return sorted[RATES / 2];
    }
}
