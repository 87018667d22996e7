package dev.sluice.rudp.protocol.congestion;

/**
 * BBR, version 3 (draft-ietf-ccwg-bbr): models the path by the rate at which it delivers and by its delay when empty, sends at that rate,
 * keeps about twice their product in flight at most, and probes now and then whether the path gives more.
 *
 * <pre>
 * STARTUP --- rate grows no more, or losses behind a queue ---> DRAIN --- queue empty ---> DOWN
 * DOWN --- room is left for others ---> CRUISE --- time to probe ---> REFILL --- one round ---> UP --- queue or losses ---> DOWN
 * any --- no empty queue seen for 5 s ---> PROBE_RTT --- 200 ms, or 20 round trips ---> CRUISE
 * </pre>
 *
 * <p>Differences from the draft, each for a reason that the tests show:
 * <ul>
 * <li>A loss is a sign of congestion only where packets also wait longer, or where an eighth more is lost than usual: more than 2 % of
 * loss on a radio or long-distance link says nothing about queues, and the draft's version gives up there.
 * <li>Losses of that other kind are made up for: the rate is divided by the share that arrives, so that the link stays full.
 * <li>The delay of the empty path is not the smallest sample but that of {@link RoundTrips}, which early packets do not mislead.
 * <li>Where packets overtake others, the rate is that of {@link LongRate}, which takes some rounds more to show growth.
 * <li>The queue need not be emptied on purpose while it is seen empty now and then, except to find out whether much loss without a
 * queue is that, or a short queue that was never empty.
 * <li>While somebody else keeps the queue filled, {@link SharedQueue} says what is in flight, and nothing is probed.
 * <li>UP goes on while the rate grows by a tenth within some rounds: a quarter, which is all that it sends more, is hardly ever seen.
 * <li>UP ends as soon as more than five quarters of the product are in flight, as in version 2: it fills short queues less.
 * </ul>
 *
 * <p>Its owner's thread only; allocates nothing. Rates in bytes per second, {@code inflight...} in bytes, times in ns.
 */
final class Bbr implements CongestionControl {
    /** Who gets less than this of the rate known, while somebody else may keep the queue, has a smaller share now. */
    private static final double RECENT_RATE = 0.98;

    private final RoundTrips roundTrips = new RoundTrips();
    private final PathRate rate = new PathRate(roundTrips);
    private final ShortTermBounds shortTerm = new ShortTermBounds();
    private final PathModel path;
    private final LongTermBound longTerm;
    private final AckAggregation aggregation = new AckAggregation();
    private final RandomLoss randomLoss = new RandomLoss();
    private final LossRound losses;
    private final EarlyOverflow overflow = new EarlyOverflow();
    private final SharedQueue shared;
    private final FullPipe pipe = new FullPipe(roundTrips);
    private final ProbeFeedback feedback = new ProbeFeedback();
    private final ProbeWait probeWait = new ProbeWait();
    private final ProbeRtt probeRtt = new ProbeRtt(roundTrips);
    private final ControlParameters control;

    private BbrState state = BbrState.STARTUP;
    private long upSinceRound;
    /** Losses of packets sent before this were provoked, by STARTUP or UP: they say nothing about the rate that is kept since. */
    private long steadySince;
    private long delivered;
    private long ackedAt;
    private long lost;
    private boolean rttSeen;
    private boolean idleRestart;

    Bbr(int datagram) {
        path = new PathModel(roundTrips, rate, shortTerm, datagram);
        longTerm = new LongTermBound(path);
        losses = new LossRound(path, roundTrips, randomLoss);
        shared = new SharedQueue(datagram);
        control = new ControlParameters(path, roundTrips, shortTerm, longTerm, randomLoss, aggregation, shared);
    }

    @Override
    public String name() {
        return "bbr";
    }

    @Override
    public void onHandshakeRtt(long rtt) {
        if (delivered == 0 && !rttSeen) {
            control.onHandshakeRtt(rtt);
            roundTrips.onHandshake(rtt);
            rttSeen = true;
        }
    }

    @Override
    public void onPacketSent(long now, Transmission packet, long bytesInFlight) {
        if (bytesInFlight == packet.bytes && packet.appLimited) {
            idleRestart = true;
            aggregation.restart(now);
            roundTrips.onRest(now - ackedAt);
            if (state.probesBandwidth()) {
                control.setPacingRate(state, 1, pipe.reached());
            } else if (state == BbrState.PROBE_RTT && probeRtt.over(now)) {
                endProbeRtt(now);
            }
        }
    }

    @Override
    public void onAck(AckSample ack) {
        delivered = ack.delivered();
        ackedAt = ack.now();
        roundTrips.onAck(ack);
        rate.onAck(ack);
        if (ack.ackedBytes() > 0) {
            control.onArrival();
        }
        if (!rttSeen && roundTrips.min() > 0) {
            rttSeen = true;
            control.startPacing(roundTrips.min());
        }
        losses.onAck(ack);
        rate.sample(ack, !pipe.reached());
        if (losses.start()) {
            endLossRound(ack);
        }
        shared.onAck(ack);
        aggregation.onAck(ack.now(), ack.ackedBytes(), path.bandwidth(), control.window(), roundTrips.roundStart());
        pipe.onAck(rate.orLong(ack.deliveryRate()), ack.appLimited(), state == BbrState.STARTUP);
        checkStartupDone(ack);
        updateCycle(ack);
        checkProbeRtt(ack);
        losses.onAckEnd(ack);
        idleRestart &= ack.ackedBytes() == 0;
        control.setPacingRate(state, state.pacingGain, pipe.reached());
        control.setWindow(state, ack, pipe.reached());
    }

    @Override
    public void onLoss(long now, Transmission packet, long bytesInFlight) {
        lost += packet.bytes;
        if (state == BbrState.STARTUP || packet.sentAt >= steadySince) {
            losses.onLoss(packet);
        }
        if (losses.beyondChance(packet.inFlight)) {
            shared.onLoss(now, packet, bytesInFlight);
        }
        if (feedback.samples() && losses.congested(lost - packet.lost, packet.inFlight)) {
            inflightTooHigh(now, packet.inFlight, packet.appLimited);
        }
    }

    @Override
    public void onSpuriousLoss(long now, Transmission packet) {
        losses.onSpuriousLoss(packet);
        shared.onSpuriousLoss(now);
        overflow.onSpuriousLoss();
        pipe.onSpuriousLoss(packet);
        if (pipe.misjudged(LossRound.LOSS_THRESHOLD * losses.inflightLatest())
                && (state == BbrState.DRAIN || state.probesBandwidth())) {
            pipe.resume();
            feedback.forget();
            longTerm.reset();
            state = BbrState.STARTUP;
        }
        // the bounds were set by packets that were only late
        shortTerm.reset();
        longTerm.raise(packet.inFlight);
    }

    @Override
    public void onEcnCe(long now, long sentAt, long packets) {
        losses.onEcnCe();
        shared.onEcnCe(now, sentAt, packets);
        if (feedback.samples() && state == BbrState.UP) {
            inflightTooHigh(now, (long) Math.min(control.window(), control.inflightAt(BbrState.UP.pacingGain)), false);
        }
    }

    @Override
    public void onPersistentCongestion(long now) {
        control.onPersistentCongestion();
        losses.onPersistentCongestion();
    }

    @Override
    public void onMaxDatagramSize(int bytes) {
        path.onMaxDatagramSize(bytes);
        shared.onMaxDatagramSize(bytes);
    }

    @Override
    public long window() {
        return (long) control.window();
    }

    @Override
    public long pacingRate() {
        return Math.max(1, (long) control.pacingRate());
    }

    @Override
    public boolean inSlowStart() {
        return state == BbrState.STARTUP;
    }

    double maxBandwidth() {
        return rate.max();
    }

    // ---- the end of a round

    private void endLossRound(AckSample ack) {
        rate.onRound();
        if (losses.congested() && !state.searches() && !shared.active()) {
            shortTerm.lower(rate.max(), control.window(), losses.bandwidthLatest(), losses.inflightLatest());
        }
        if (state.searches()) {
            shared.onProbing();
        } else if (state != BbrState.PROBE_RTT) {
            keepCompany(ack);
        }
        if (!losses.congested() && !roundTrips.queued()) {
            // what was lost was lost behind a queue that is gone
            shortTerm.reset();
        }
        boolean drowned = losses.countDrowned(state == BbrState.STARTUP);
        overflow.onRound(drowned, roundTrips.roundRtt(), roundTrips.min());
        if (state != BbrState.UP && state != BbrState.DOWN) {
            losses.learnRandomLoss();
        }
        if (state == BbrState.STARTUP && losses.endsSearch(pipe.suspected())) {
            pipe.reachedByLoss(losses.lost());
            longTerm.set(Math.max(path.product(rate.max()), losses.inflightLatest()));
        }
        losses.startRound();
    }

    /** Looks whether somebody else keeps the queue, or does no longer. */
    private void keepCompany(AckSample ack) {
        if (shared.onQuietRound(ack, roundTrips, rate, path, state, control.window())) {
            shortTerm.reset();
            feedback.forget();
            state = BbrState.CRUISE;
        } else if (!shared.active() && shared.suspected() && !roundTrips.loose() && losses.bandwidthLatest() > 0
                && losses.bandwidthLatest() < RECENT_RATE * path.bandwidth()) {
            // what we get now is our share, whatever it was some seconds ago
            shortTerm.share(losses.bandwidthLatest(), path.bandwidth());
        }
    }

    private void checkStartupDone(AckSample ack) {
        if (state == BbrState.STARTUP && pipe.reached()) {
            steadySince = ack.now();
            losses.forgive();
            state = BbrState.DRAIN;
        }
        if (state == BbrState.DRAIN && ack.bytesInFlight() <= control.inflightAt(1)) {
            startDown(ack.now());
        }
    }

    // ---- the cycle of probing

    private void startDown(long now) {
        losses.resetSignals();
        longTerm.startDown();
        probeWait.start(now, roundTrips.rounds());
        steadySince = state == BbrState.UP ? now : steadySince;
        feedback.stop();
        roundTrips.startRound(delivered);
        state = BbrState.DOWN;
    }

    private void startRefill() {
        shortTerm.reset();
        longTerm.startRefill();
        feedback.startRefill();
        roundTrips.startRound(delivered);
        state = BbrState.REFILL;
    }

    private void startUp(AckSample ack) {
        feedback.startUp();
        roundTrips.startRound(delivered);
        upSinceRound = roundTrips.rounds();
        pipe.startUp(rate.orLong(ack.deliveryRate()));
        probeWait.startUp(ack.now());
        state = BbrState.UP;
        longTerm.startUp(control.window());
    }

    private void updateCycle(AckSample ack) {
        if (!pipe.reached()) {
            return;
        }
        adaptLongTerm(ack);
        switch (state) {
            case DOWN -> {
                if (timeToProbe(ack)) {
                    startRefill();
                } else if (ack.bytesInFlight() <= Math.min(control.inflightWithHeadroom(), control.inflightAt(1))) {
                    state = BbrState.CRUISE;
                }
            }
            case CRUISE -> {
                // beside others, growing is the probe
                if (timeToProbe(ack) && !shared.active()) {
                    startRefill();
                }
            }
            case REFILL -> {
                if (roundTrips.roundStart()) {
                    startUp(ack);
                }
            }
            case UP -> {
                if (timeToGoDown(ack)) {
                    startDown(ack.now());
                }
            }
            default -> {
            }
        }
    }

    private boolean timeToProbe(AckSample ack) {
        return probeWait.over(ack.now(), roundTrips.rounds(), Math.min(path.product(), control.window()) / path.datagram());
    }

    private boolean timeToGoDown(AckSample ack) {
        if (boundLimits(ack)) {
            // the bound keeps the rate from growing: it says nothing about the path
            pipe.growFrom(rate.orLong(ack.deliveryRate()));
            return false;
        }
        boolean aRound = roundTrips.rounds() > upSinceRound;
        return pipe.now() || (aRound && ack.bytesInFlight() > control.inflightAt(BbrState.UP.pacingGain) + aggregation.bytes());
    }

    /** Whether the window was what kept more from being sent, and the bound what kept the window. */
    private boolean boundLimits(AckSample ack) {
        return control.window() >= longTerm.inflight() && control.fills(ack);
    }

    private void adaptLongTerm(AckSample ack) {
        if (feedback.onAck(roundTrips.roundStart()) && state.probesBandwidth() && !ack.appLimited()) {
            rate.advance();
        }
        if (losses.congested(ack.lostSinceSent(), ack.priorInFlight())) {
            if (feedback.samples()) {
                inflightTooHigh(ack.now(), ack.priorInFlight(), ack.appLimited());
            }
            return;
        }
        longTerm.raise(ack.priorInFlight());
        if (state == BbrState.UP && boundLimits(ack)) {
            longTerm.probeUpward(ack.ackedBytes(), roundTrips.roundStart(), control.window());
        }
    }

    private void inflightTooHigh(long now, long inFlight, boolean appLimited) {
        feedback.used();
        if (!appLimited) {
            longTerm.lower(inFlight, Math.min(path.product(), control.window()));
        }
        if (state == BbrState.UP) {
            startDown(now);
        }
    }

    // ---- the delay of the empty path

    private void checkProbeRtt(AckSample ack) {
        boolean doubted = probeRtt.doubtful(ack.now(), randomLoss.share()) || overflow.confirmed();
        if (state != BbrState.PROBE_RTT && pipe.reached() && !idleRestart && (doubted || probeRtt.due(ack.now()))) {
            overflow.end();
            probeRtt.start(doubted && !roundTrips.loose());
            control.saveWindow();
            feedback.stop();
            roundTrips.startRound(delivered);
            state = BbrState.PROBE_RTT;
        }
        if (state == BbrState.PROBE_RTT && probeRtt.onAck(ack, path.probeRttWindow())) {
            endProbeRtt(ack.now());
        }
    }

    private void endProbeRtt(long now) {
        probeRtt.end(now, shared.active());
        if (shared.active() && !roundTrips.queued()) {
            shared.tryAlone(path.product(rate.max()));
        }
        control.restoreWindow();
        shortTerm.reset();
        startDown(now);
        state = BbrState.CRUISE;
    }
}
