package dev.sluice.rudp.protocol.congestion;

/**
 * What the round trip under way has shown of congestion, and of the rate and the amount in flight that the path bore nevertheless
 * (draft-ietf-ccwg-bbr, "loss_in_round", "bw_latest", "inflight_latest"). Its rounds are its own: those of {@link RoundTrips} begin anew
 * with each step of the cycle.
 *
 * <p>Its owner's thread only; allocates nothing. Bytes, and bytes per second.
 */
final class LossRound {
    /** Less than this share of what is in flight is no sign of congestion. */
    static final double LOSS_THRESHOLD = 0.02;
    /** So much of the rate and of what is in flight remains after congestion, at least (draft-ietf-ccwg-bbr, "BBR.Beta"). */
    static final double BETA = 0.7;

    private static final double LOSS_WITHOUT_QUEUE = 0.12;
    private static final int STARTUP_LOSSES = 6;
    private static final int FEW_PACKETS = 8;

    private final PathModel path;
    private final RoundTrips roundTrips;
    private final RandomLoss random;
    private long end;
    private boolean start;
    private boolean congested;
    private int losses;
    private long lost;
    private long delivered;
    /** Rounds in a row in which the first search lost so much that chance is no reason. */
    private int drownedRounds;
    private double bandwidthLatest;
    private double inflightLatest;

    LossRound(PathModel path, RoundTrips roundTrips, RandomLoss random) {
        this.path = path;
        this.roundTrips = roundTrips;
        this.random = random;
    }

    /** Takes an acknowledgement in. */
    void onAck(AckSample ack) {
        delivered += ack.ackedBytes();
        start = false;
        bandwidthLatest = Math.max(bandwidthLatest, (double) ack.deliveryRate());
        inflightLatest = Math.max(inflightLatest, (double) (ack.delivered() - ack.priorDelivered()));
        if (ack.ackedBytes() > 0 && ack.priorDelivered() >= end) {
            end = ack.delivered();
            start = true;
        }
    }

    /** What that acknowledgement has shown has been used: where it ended a round, it is the first of the next one. */
    void onAckEnd(AckSample ack) {
        if (start) {
            bandwidthLatest = ack.deliveryRate();
            inflightLatest = ack.delivered() - ack.priorDelivered();
        }
    }

    /** A packet is lost whose loss nothing has provoked. */
    void onLoss(Transmission packet) {
        lost += packet.bytes;
        losses++;
        congested |= congested(lost, packet.inFlight);
    }

    void onSpuriousLoss(Transmission packet) {
        lost = Math.max(0, lost - packet.bytes);
    }

    void onEcnCe() {
        congested = true;
    }

    void onPersistentCongestion() {
        congested = false;
        lost = 0;
    }

    /** Whether the last acknowledgement ended a round. */
    boolean start() {
        return start;
    }

    /** Whether this round has shown congestion. */
    boolean congested() {
        return congested;
    }

    /** Losses count where packets wait, or where so much is lost that nothing else can be the reason. */
    boolean congested(long lostBytes, long inFlight) {
        return lostBytes > LOSS_THRESHOLD * inFlight && (roundTrips.queued()
                || lostBytes > Math.max((LOSS_WITHOUT_QUEUE + 2 * random.share()) * inFlight, path.packets(FEW_PACKETS)));
    }

    /** Whether more is lost in this round than chance explains. */
    boolean beyondChance(long inFlight) {
        return lost > 2 * random.share() * inFlight + (random.noticed() ? path.minimumWindow() : 0);
    }

    /** Bytes lost in this round. */
    long lost() {
        return lost;
    }

    /** The largest rate of this round. */
    double bandwidthLatest() {
        return bandwidthLatest;
    }

    /** The most that was delivered in this round within a round trip. */
    double inflightLatest() {
        return inflightLatest;
    }

    /** The round has ended, of the first search or not. Returns whether that lost so much in it that chance is no reason. */
    boolean countDrowned(boolean search) {
        drownedRounds = search && share() > LOSS_WITHOUT_QUEUE && losses >= STARTUP_LOSSES ? drownedRounds + 1 : 0;
        return drownedRounds > 0;
    }

    /** The round has ended in which nothing was provoked: what was lost without congestion was chance. */
    void learnRandomLoss() {
        if (!congested && !roundTrips.queued() && delivered > 0 && drownedRounds == 0) {
            random.onRound(share(), lost + delivered, path.datagram());
        }
    }

    /** Whether the losses say that the first search is at its end; {@code full}: the rate has not grown for a round. */
    boolean endsSearch(boolean full) {
        boolean drowned = drownedRounds > 1;
        return (congested || drowned) && losses >= STARTUP_LOSSES && (full || drowned || roundTrips.queued());
    }

    private double share() {
        return (double) lost / Math.max(1, lost + delivered);
    }

    /** The next round begins. */
    void startRound() {
        congested = false;
        losses = 0;
        lost = 0;
        delivered = 0;
    }

    /** The congestion of this round was provoked, and is answered. */
    void forgive() {
        congested = false;
    }

    /** What this round has shown was provoked (draft-ietf-ccwg-bbr, "BBRResetCongestionSignals"). */
    void resetSignals() {
        congested = false;
        losses = 0;
        bandwidthLatest = 0;
        inflightLatest = 0;
    }
}
