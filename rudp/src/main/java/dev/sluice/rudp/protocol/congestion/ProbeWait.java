package dev.sluice.rudp.protocol.congestion;

/**
 * How long {@link Bbr} waits until it probes for more: two to three seconds, by chance so that flows do not probe together, or as many
 * rounds as a flow of the classic kind takes to win back what it gave up at a loss (draft-ietf-ccwg-bbr, "BBRPickProbeWait").
 *
 * <p>Its owner's thread only. Times in ns.
 */
final class ProbeWait {
    private static final long WAIT = 2_000_000_000L;
    private static final long SPREAD = 1_000_000_000L;
    private static final int MAX_ROUNDS = 63;

    private long since;
    private long wait;
    private long sinceRound;
    private long random;

    /** Begins now, in this round. */
    void start(long now, long round) {
        random = random * 6364136223846793005L + now + 1442695040888963407L;
        wait = WAIT + (random >>> 1) % SPREAD;
        sinceRound = round - (random >>> 63);
        since = now;
    }

    /** Probing begins: the time counts from here where no other wait begins after it. */
    void startUp(long now) {
        since = now;
    }

    /** {@code packets}: what is in flight; a loss costs a part of it, and so many rounds win it back. */
    boolean over(long now, long round, double packets) {
        return now - since > wait || round - sinceRound >= Math.min(MAX_ROUNDS, packets);
    }
}
