package dev.sluice.rudp.protocol.congestion;

/**
 * Whether sending more still makes the rate grow (draft-ietf-ccwg-bbr, "full_bw", "full_bw_now", "full_bw_reached"): once it does not for
 * some rounds, the pipe is full. Heavy losses in STARTUP say so as well, unless their packets were only late.
 *
 * <p>Its owner's thread only. Bytes, and bytes per second.
 */
final class FullPipe {
    private static final double STARTUP_GROWTH = 1.25;
    /** What UP sends more does not show as a whole within a few rounds. */
    private static final double GROWTH = 1.1;
    private static final int ROUNDS = 3;
    /** {@link LongRate} is some rounds late, but exact. */
    private static final int LOOSE_ROUNDS = 8;
    /** Where packets wait as well, a rate that does not grow is no accident. */
    private static final int STARTUP_QUEUED_ROUNDS = 2;

    private final RoundTrips roundTrips;
    private long bandwidth;
    private int rounds;
    private boolean now;
    private boolean reached;
    private boolean byLoss;
    /** Bytes lost in the round that ended STARTUP, without those that were only late. */
    private long lost;

    FullPipe(RoundTrips roundTrips) {
        this.roundTrips = roundTrips;
    }

    /** Takes an acknowledgement in; {@code rate} is what it shows, 0 for nothing. */
    void onAck(long rate, boolean appLimited, boolean startup) {
        if (now || appLimited || rate == 0) {
            return;
        }
        if (rate >= bandwidth * (startup && !roundTrips.loose() ? STARTUP_GROWTH : GROWTH)) {
            growFrom(rate);
            return;
        }
        if (!roundTrips.roundStart()) {
            return;
        }
        int enough = roundTrips.loose() ? LOOSE_ROUNDS : ROUNDS;
        now = ++rounds >= (startup && roundTrips.queued() ? STARTUP_QUEUED_ROUNDS : enough);
        reached |= now;
    }

    /** Growth is looked for anew, from this rate on. */
    void growFrom(long rate) {
        bandwidth = rate;
        rounds = 0;
        now = false;
    }

    /** Whether it is full, by what was seen since growth was last looked for anew. */
    boolean now() {
        return now;
    }

    /** Whether STARTUP has filled it. */
    boolean reached() {
        return reached;
    }

    /** Whether the rate has not grown in the last round. */
    boolean suspected() {
        return rounds > 0;
    }

    /** STARTUP has lost so many bytes in a round that the pipe must be full. */
    void reachedByLoss(long bytes) {
        byLoss = true;
        lost = bytes;
        reached = true;
    }

    /** A packet that was taken for lost was only late. */
    void onSpuriousLoss(Transmission packet) {
        lost -= packet.bytes;
    }

    /** Whether it was losses that said so, and no more than {@code few} of their bytes are still believed to be lost. */
    boolean misjudged(double few) {
        return byLoss && lost < few;
    }

    /** A probe for more begins: that tells from now on, not what became of STARTUP's packets. */
    void startUp(long rate) {
        byLoss = false;
        growFrom(rate);
    }

    /** It was misjudged: STARTUP goes on. */
    void resume() {
        byLoss = false;
        reached = false;
        growFrom(0);
    }
}
