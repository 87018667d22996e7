package dev.sluice.rudp.protocol.congestion;

/**
 * The look at the delay of the empty path, for which {@link Bbr} sends little for a while: when one is due, and how long it takes
 * (draft-ietf-ccwg-bbr, "ProbeRTT").
 *
 * <p>Its owner's thread only. Times in ns.
 */
final class ProbeRtt {
    private static final long INTERVAL = 5_000_000_000L;
    private static final long DURATION = 200_000_000L;
    /** Enough of them on short paths, where that long would be a twentieth of the time. */
    private static final int ROUND_TRIPS = 20;
    /** A path that was found lossy with an empty queue is believed to be so for this long. */
    private static final long LOOK_AGAIN = 30_000_000_000L;

    private final RoundTrips roundTrips;
    /** 0: what was in flight before has not left the path yet. */
    private long doneAt;
    private long duration;
    private int rounds;
    /** 0: never. */
    private long lookedAt;

    ProbeRtt(RoundTrips roundTrips) {
        this.roundTrips = roundTrips;
    }

    /** Whether the queue was not seen empty for long. */
    boolean due(long now) {
        return now - roundTrips.minAt() > INTERVAL;
    }

    /** Much loss with no queue in sight: a lossy path, or a short queue that was full from the beginning; a look tells. */
    boolean doubtful(long now, double randomLoss) {
        return randomLoss > LossRound.LOSS_THRESHOLD && (lookedAt == 0 || now - lookedAt > LOOK_AGAIN);
    }

    /** Little is sent from now on; {@code brief}: two round trips are enough. */
    void start(boolean brief) {
        duration = brief ? 1 : Math.min(DURATION, ROUND_TRIPS * roundTrips.min());
        doneAt = 0;
    }

    /** Takes an acknowledgement in; {@code window}: the little that is in flight. Returns whether it is over. */
    boolean onAck(AckSample ack, double window) {
        if (doneAt == 0 && ack.bytesInFlight() <= window) {
            doneAt = ack.now() + duration;
            rounds = 0;
            roundTrips.startProbe();
            roundTrips.startRound(ack.delivered());
            return false;
        }
        if (doneAt == 0) {
            return false;
        }
        // what the first of them acknowledges was sent before
        rounds += roundTrips.roundStart() ? 1 : 0;
        return rounds > 1 && over(ack.now());
    }

    /** Whether the time is over. */
    boolean over(long now) {
        return doneAt != 0 && now - doneAt >= 0;
    }

    /** It has ended; {@code company}: see {@link RoundTrips#endProbe}. */
    void end(long now, boolean company) {
        roundTrips.endProbe(now, company);
        lookedAt = now;
    }
}
