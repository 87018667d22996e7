package dev.sluice.rudp.protocol.congestion;

/**
 * What {@link Bbr} has in flight while somebody else keeps the queue filled. A model of rate and delay has no answer to that: its rate is
 * then whatever part of the queue is its own, so that it keeps what it came with, be it much or little. What makes flows equal is that all
 * grow alike and all give way at a loss. So the window falls while packets wait, but no further than a window that grows and gives way as
 * CUBIC's (RFC 9438), and rises again while none do; Copa's competitive mode (NSDI 2018) is of the same kind.
 *
 * <p>It begins when packets have waited for some round trips in which the sender did not probe: a queue of its own would be gone. It ends
 * when no queue is left, and either the rate is what it was or the window is all that the path holds.
 *
 * <p>Its owner's thread only. Sizes in bytes.
 */
final class SharedQueue {
    /** A queue of our own making is gone in fewer rounds. */
    private static final int FOREIGN_ROUNDS = 5;
    /** Or there is none, where the sender has let it empty before. */
    private static final int FOREIGN_ROUNDS_AFTER_EMPTY = 4;

    /** For each packet that was only late. */
    private static final long DOUBT = 1_000_000_000L;

    private static final long MAX_DOUBT = 30_000_000_000L;

    /** Who gets less than this of the rate known, and packets wait, shares it. */
    private static final double KEPT_RATE = 0.93;
    /** Who gets so much of the rate known, and no queue, is alone. */
    private static final double WHOLE_RATE = 0.92;

    private static final double FALL = 0.85;
    private static final double RISE = 1.1;
    private static final double GIVE_WAY = 0.7;

    private final Cubic fair;
    private boolean active;
    private int queuedRounds;
    private int allQueuedRounds;
    private long doubtedUntil = Long.MIN_VALUE;
    private double window;
    private int trialRounds;

    SharedQueue(int datagram) {
        fair = new Cubic(datagram);
    }

    /** Whether the queue is somebody else's now. */
    boolean active() {
        return active;
    }

    /** Whether the queue may be somebody else's. */
    boolean suspected() {
        return queuedRounds >= FOREIGN_ROUNDS;
    }

    /** Bytes to have in flight, while {@link #active()}. */
    double window() {
        return window;
    }

    /** A round trip has ended in which the sender did not probe, with this {@code window}. Returns whether it begins now. */
    boolean onQuietRound(AckSample ack, RoundTrips roundTrips, PathRate rate, PathModel path, BbrState state, double window) {
        double inFlight = ack.bytesInFlight() + ack.ackedBytes();
        boolean waits = roundTrips.allQueued();
        boolean less = rate.ofRound() < KEPT_RATE * rate.maxOfMedians();
        double most = BbrState.UP.windowGain * path.product(rate.max());
        boolean begins = onQuietRound(ack.now(), roundTrips.queued(), waits, less, state == BbrState.CRUISE,
                Math.min(window, inFlight), most, path.product(rate.ofRound()));
        if (!begins && active && !waits && (rate.ofRound() >= WHOLE_RATE * rate.maxOfMedians() || this.window >= most)) {
            end();
        }
        return begins;
    }

    /**
     * The same, by what it comes down to.
     *
     * @param now ns
     * @param queued packets wait
     * @param all every packet does
     * @param less the rate is less than it was
     * @param emptied the sender has let its own queue empty and sent no more than the rate since
     * @param current what is in flight
     * @param most what the path holds at most, its queue included: the window rises no further by itself
     * @param delivered what the path held of this sender's, were it empty otherwise: the last round's rate, times the smallest delay
     */
    boolean onQuietRound(long now, boolean queued, boolean all, boolean less, boolean emptied, double current, double most,
            double delivered) {
        queuedRounds = queued ? queuedRounds + 1 : 0;
        allQueuedRounds = all ? allQueuedRounds + 1 : 0;
        if (active) {
            if (trialRounds > 0 && --trialRounds > 0) {
                return false;
            }
            double next = all ? window * FALL : Math.max(window, Math.min(window * RISE, most));
            window = Math.max(next, (double) fair.window());
            return false;
        }
        if (!less || now < doubtedUntil || allQueuedRounds < (emptied ? FOREIGN_ROUNDS_AFTER_EMPTY : FOREIGN_ROUNDS)) {
            return false;
        }
        active = true;
        fair.begin(delivered);
        window = Math.max(current, delivered);
        return true;
    }

    /** The sender probes: the queue may be its own. */
    void onProbing() {
        queuedRounds = 0;
        allQueuedRounds = 0;
    }

    void onAck(AckSample ack) {
        if (active && window <= fair.window()) {
            // it grows where it is what keeps the window from falling further
            fair.onAck(ack);
        }
    }

    /** A loss that is no accident. */
    void onLoss(long now, Transmission packet, long bytesInFlight) {
        if (active) {
            long before = fair.window();
            fair.onLoss(now, packet, bytesInFlight);
            giveWay(before);
        }
    }

    /** Where packets overtake others, delays say little about queues: none is believed to be somebody else's for a while. */
    void onSpuriousLoss(long now) {
        end();
        doubtedUntil = Math.min(Math.max(now, doubtedUntil) + DOUBT, now + MAX_DOUBT);
    }

    void onEcnCe(long now, long sentAt, long packets) {
        if (active) {
            long before = fair.window();
            fair.onEcnCe(now, sentAt, packets);
            giveWay(before);
        }
    }

    private void giveWay(long before) {
        if (fair.window() < before) {
            window = Math.max(window * GIVE_WAY, (double) fair.window());
        }
    }

    void onMaxDatagramSize(int bytes) {
        fair.onMaxDatagramSize(bytes);
    }

    /**
     * The queue was seen empty, be it only because this sender held back. Tries for a round trip with {@code bytes}, which is all that the
     * path holds if nobody else is there.
     */
    void tryAlone(double bytes) {
        window = bytes;
        // what the first of them acknowledges was sent before
        trialRounds = 2;
    }

    /** Nobody else is there, as it seems. */
    void end() {
        active = false;
        trialRounds = 0;
        onProbing();
    }
}
