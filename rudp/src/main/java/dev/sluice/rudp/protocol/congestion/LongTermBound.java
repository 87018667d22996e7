package dev.sluice.rudp.protocol.congestion;

/**
 * How much {@link Bbr} has found the path to hold without congestion, its queue included (draft-ietf-ccwg-bbr, "inflight_longterm"):
 * lowered where probing met losses, raised by what went well and step by step while probing.
 *
 * <p>Its owner's thread only. Bytes; {@link #NONE} where nothing has been met yet.
 */
final class LongTermBound {
    static final double NONE = Double.MAX_VALUE;

    private static final double HEADROOM = 0.15;
    private static final int MAX_UP_ROUNDS = 30;

    private final PathModel path;
    private double inflight = NONE;
    private double upBytes;
    private double upStep = NONE;
    private int upRounds;

    LongTermBound(PathModel path) {
        this.path = path;
    }

    double inflight() {
        return inflight;
    }

    /** The first search was ended by losses with this in flight. */
    void set(double bytes) {
        inflight = bytes;
    }

    /** So much was too much; {@code target}: what should be in flight, of which at least 70 % remain. */
    void lower(long bytes, double target) {
        inflight = Math.max((double) bytes, LossRound.BETA * target);
    }

    /** So much went well. */
    void raise(long bytes) {
        inflight = inflight == NONE ? NONE : Math.max(inflight, (double) bytes);
    }

    /** What was met says nothing. */
    void reset() {
        inflight = NONE;
    }

    /** Probing is about to begin: its steps begin with the smallest. */
    void startRefill() {
        upRounds = 0;
        upBytes = 0;
    }

    /** Probing begins. */
    void startUp(double window) {
        raiseSlope(window);
    }

    /** Probing has ended. */
    void startDown() {
        upStep = NONE;
    }

    /** The bound grows by a packet, then two, four... each round; to be called while it is what limits. */
    void probeUpward(long acked, boolean roundStart, double window) {
        upBytes += acked;
        if (upBytes >= upStep) {
            double steps = Math.floor(upBytes / upStep);
            upBytes -= steps * upStep;
            inflight += steps * path.datagram();
        }
        if (roundStart) {
            raiseSlope(window);
        }
    }

    private void raiseSlope(double window) {
        upStep = Math.max(window / (1 << upRounds), path.datagram());
        upRounds = Math.min(upRounds + 1, MAX_UP_ROUNDS);
    }

    /** Less than the bound, to leave room for others, but no less than {@code least}. */
    double withHeadroom(double least) {
        if (inflight == NONE) {
            return NONE;
        }
        return Math.max(inflight - Math.max(path.datagram(), HEADROOM * inflight), least);
    }
}
