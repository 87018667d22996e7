package dev.sluice.rudp.protocol.congestion;

/**
 * BBR, version 3 (draft-ietf-ccwg-bbr): models the path by the rate at which it delivers and by its delay when empty, sends at that rate,
 * keeps twice their product in flight at most, and probes now and then whether the path gives more.
 *
 * <pre>
 * STARTUP --- rate grows no more, or losses behind a queue ---> DRAIN --- queue empty ---> DOWN
 * DOWN --- room is left for others ---> CRUISE --- time to probe ---> REFILL --- one round ---> UP --- queue or losses ---> DOWN
 * any --- no empty queue seen for 5 s ---> PROBE_RTT --- 200 ms, or 20 round trips ---> what it was
 * </pre>
 *
 * <p>Differences from the draft, each for a reason that the tests show:
 * <ul>
 * <li>A loss is a sign of congestion only where packets also wait longer, or where a quarter is lost: more than 2 % of loss on a radio
 * or long-distance link says nothing about queues, and the draft's version gives up there.
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
    private static final double STARTUP_PACING_GAIN = 2.77;
    private static final double STARTUP_CWND_GAIN = 2;
    private static final double STARTUP_GROWTH = 1.25;
    private static final int STARTUP_FULL_ROUNDS = 3;
    /** What UP sends more does not show as a whole within a few rounds. */
    private static final double GROWTH = 1.1;
    /** {@link LongRate} is some rounds late, but exact. */
    private static final int LOOSE_FULL_ROUNDS = 8;
    /** Where packets wait as well, a rate that does not grow is no accident. */
    private static final int STARTUP_QUEUED_ROUNDS = 2;
    private static final int STARTUP_LOSSES = 6;
    private static final double DRAIN_PACING_GAIN = 0.5;
    private static final double DOWN_PACING_GAIN = 0.9;
    private static final double UP_PACING_GAIN = 1.25;
    private static final double CWND_GAIN = 1.75;
    private static final double UP_CWND_GAIN = 2.25;
    private static final double PROBE_RTT_CWND_GAIN = 0.5;
    private static final double LOSS_THRESHOLD = 0.02;
    private static final double LOSS_WITHOUT_QUEUE = 0.12;
    /** Below this no loss is taken for chance where somebody else fills the queue. */
    private static final double NOTICED_LOSS = 0.001;
    private static final double BETA = 0.7;
    /** Who gets less than this of the rate known, and packets wait, shares it. */
    private static final double KEPT_RATE = 0.93;
    /** Who gets so much of the rate known, and no queue, is alone. */
    private static final double WHOLE_RATE = 0.92;
    private static final double RECENT_RATE = 0.98;
    /** In a full queue the share of the rate is the share of the packets that wait: more than this pushes others out. */
    private static final double SHARED_CWND_GAIN = 1.25;
    /** Beside others the window is what limits; the pace only spreads it. */
    private static final double SHARED_PACING_GAIN = 1.1;
    private static final double HEADROOM = 0.15;
    private static final int MIN_PACKETS = 4;
    private static final int FEW_PACKETS = 8;
    private static final int FEW_RATES = 4;
    private static final long PROBE_RTT_INTERVAL = 5_000_000_000L;
    private static final long PROBE_RTT_DURATION = 200_000_000L;
    /** Enough of them on short paths, where that long would be a twentieth of the time. */
    private static final int PROBE_RTT_ROUND_TRIPS = 20;
    /** A path that was found lossy with an empty queue is believed to be so for this long. */
    private static final long LOOK_AGAIN = 30_000_000_000L;
    private static final long PROBE_WAIT = 2_000_000_000L;
    private static final long PROBE_WAIT_SPREAD = 1_000_000_000L;
    private static final int MAX_ROUNDS_BETWEEN_PROBES = 63;
    private static final double PACING_MARGIN = 0.99;
    private static final double MAX_RANDOM_LOSS = 0.3;
    private static final long QUANTUM_NANOS = 1_000_000;
    private static final int MAX_QUANTUM = 64 * 1024;
    private static final int INITIAL_PACKETS = 10;
    private static final int PACED_INITIAL_PACKETS = 32;
    private static final int INITIAL_BYTES = 14720;
    private static final double NONE = Double.MAX_VALUE;
    private static final double NANOS = 1e9;

    /** What it does now. */
    enum State {
        /** Doubles the rate every round. */
        STARTUP,
        /** Lets the queue empty that STARTUP has made. */
        DRAIN,
        /** Sends less than the rate, until room is left. */
        DOWN,
        /** Sends at the rate. */
        CRUISE,
        /** Sends at the rate without the bounds of the last losses, to fill the pipe. */
        REFILL,
        /** Sends more than the rate. */
        UP,
        /** Sends little, to see the delay of the empty path. */
        PROBE_RTT
    }

    /** Which acknowledgements of packets sent while probing are still to come. */
    private enum Feedback {
        NONE, REFILLING, STARTING, COMING, STOPPING
    }

    private final RoundTrips roundTrips = new RoundTrips();
    private final BandwidthFilter maxBandwidth = new BandwidthFilter();
    /** The same without the samples of STARTUP, which are the largest and not the median of a round. */
    private final BandwidthFilter medians = new BandwidthFilter();
    private final LongRate longRate = new LongRate();
    private final AckAggregation aggregation = new AckAggregation();
    private final EarlyOverflow overflow = new EarlyOverflow();
    private final SharedQueue shared;
    private int datagram;

    private State state = State.STARTUP;
    private double pacingGain = STARTUP_PACING_GAIN;
    private double cwndGain = STARTUP_CWND_GAIN;
    private double cwnd;
    private double pacingRate;
    private boolean rttSeen;
    private long delivered;
    private long ackedAt;
    private long lost;

    private long fullBandwidth;
    private int fullRounds;
    private boolean fullNow;
    private boolean fullReached;
    private boolean leftStartupByLoss;
    /** Bytes lost in the round that ended it, without those that were only late. */
    private long startupLost;

    private double bandwidthShortTerm = NONE;
    private double inflightShortTerm = NONE;
    private double inflightLongTerm = NONE;
    private double bandwidthLatest;
    private double inflightLatest;
    /** Of this round. The largest of a round tells most of all of an end that was late for some ms, and then took in faster than came. */
    private final RoundSamples rates = new RoundSamples();
    /** The median of the last round. */
    private double roundBandwidth;
    private long lossRoundEnd;
    private boolean lossRoundStart;
    private boolean congestedInRound;
    private int lossesInRound;
    private long roundLost;
    private long roundDelivered;
    private double randomLoss;
    private int drownedRounds;

    private Feedback feedback = Feedback.NONE;
    private boolean probeSamples;
    private long cycleAt;
    private long probeWait;
    private long lastProbeRound;
    private long upSinceRound;
    private double upBytes;
    private double upStep = NONE;
    private int upRounds;
    private long random;
    /** Losses of packets sent before this were provoked, by STARTUP or UP: they say nothing about the rate that is kept since. */
    private long steadySince;

    private boolean idleRestart;
    private long probeRttDoneAt;
    private long probeRttFor;
    private int probeRttRounds;
    private long lookedAt;
    private double cwndBefore;
    private boolean restore;

    Bbr(int datagram) {
        this.datagram = datagram;
        this.shared = new SharedQueue(datagram);
        this.cwnd = initialWindow();
        this.pacingRate = STARTUP_PACING_GAIN * cwnd * NANOS / RttEstimator.GRANULARITY;
    }

    private double initialWindow() {
        return Math.min(INITIAL_PACKETS * datagram, Math.max(2 * datagram, INITIAL_BYTES));
    }

    @Override
    public String name() {
        return "bbr";
    }

    /** What is paced over a known round trip floods no queue: the search for the rate begins where it would be two rounds later. */
    @Override
    public void onHandshakeRtt(long rtt) {
        if (delivered == 0 && !rttSeen) {
            cwnd = Math.max(cwnd, packets(PACED_INITIAL_PACKETS));
            pacingRate = STARTUP_PACING_GAIN * cwnd * NANOS / Math.max(rtt, RttEstimator.GRANULARITY);
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
            if (probesBandwidth()) {
                setPacingRate(1);
            } else if (state == State.PROBE_RTT) {
                checkProbeRttDone(now);
            }
        }
    }

    @Override
    public void onAck(AckSample ack) {
        delivered = ack.delivered();
        ackedAt = ack.now();
        roundDelivered += ack.ackedBytes();
        roundTrips.onAck(ack);
        longRate.onAck(ack, roundTrips.roundRtt());
        if (restore && ack.ackedBytes() > 0) {
            restore = false;
            cwnd = Math.max(cwnd, cwndBefore);
        }
        if (!rttSeen && roundTrips.min() > 0) {
            rttSeen = true;
            pacingRate = STARTUP_PACING_GAIN * cwnd * NANOS / roundTrips.min();
        }
        updateSignals(ack);
        shared.onAck(ack);
        aggregation.onAck(ack.now(), ack.ackedBytes(), bandwidth(), cwnd, roundTrips.roundStart());
        checkFullBandwidth(ack);
        checkStartupDone(ack);
        updateCycle(ack);
        checkProbeRtt(ack);
        if (lossRoundStart) {
            bandwidthLatest = ack.deliveryRate();
            inflightLatest = ack.delivered() - ack.priorDelivered();
        }
        idleRestart &= ack.ackedBytes() == 0;
        setPacingRate(pacingGain);
        setWindow(ack.ackedBytes());
    }

    @Override
    public void onLoss(long now, Transmission packet, long bytesInFlight) {
        lost += packet.bytes;
        if (state == State.STARTUP || packet.sentAt >= steadySince) {
            roundLost += packet.bytes;
            lossesInRound++;
            congestedInRound |= congested(roundLost, packet.inFlight);
        }
        if (roundLost > 2 * randomLoss * packet.inFlight + (randomLoss > NOTICED_LOSS ? packets(MIN_PACKETS) : 0)) {
            shared.onLoss(now, packet, bytesInFlight);
        }
        if (probeSamples && congested(lost - packet.lost, packet.inFlight)) {
            inflightTooHigh(now, packet.inFlight, packet.appLimited);
        }
    }

    /** Losses count where packets wait, or where so much is lost that nothing else can be the reason. */
    private boolean congested(long lostBytes, long inFlight) {
        return lostBytes > LOSS_THRESHOLD * inFlight && (roundTrips.queued()
                || lostBytes > Math.max((LOSS_WITHOUT_QUEUE + 2 * randomLoss) * inFlight, packets(FEW_PACKETS)));
    }

    @Override
    public void onSpuriousLoss(long now, Transmission packet) {
        roundLost = Math.max(0, roundLost - packet.bytes);
        shared.onSpuriousLoss(now);
        overflow.onSpuriousLoss();
        startupLost -= packet.bytes;
        if (leftStartupByLoss && startupLost < LOSS_THRESHOLD * inflightLatest && (state == State.DRAIN || probesBandwidth())) {
            leftStartupByLoss = false;
            fullReached = false;
            resetFullBandwidth(0);
            feedback = Feedback.NONE;
            inflightLongTerm = NONE;
            enter(State.STARTUP, STARTUP_PACING_GAIN, STARTUP_CWND_GAIN);
        }
        // the bounds were set by packets that were only late
        bandwidthShortTerm = NONE;
        inflightShortTerm = NONE;
        inflightLongTerm = inflightLongTerm == NONE ? NONE : Math.max(inflightLongTerm, (double) packet.inFlight);
    }

    @Override
    public void onEcnCe(long now, long sentAt, long packets) {
        congestedInRound = true;
        shared.onEcnCe(now, sentAt, packets);
        if (probeSamples && state == State.UP) {
            inflightTooHigh(now, (long) Math.min(cwnd, inflightAt(UP_PACING_GAIN)), false);
        }
    }

    @Override
    public void onPersistentCongestion(long now) {
        cwndBefore = restore ? cwndBefore : cwnd;
        restore = true;
        cwnd = minimumWindow();
        congestedInRound = false;
        roundLost = 0;
    }

    @Override
    public void onPathChange(long now) {
        state = State.STARTUP;
        pacingGain = STARTUP_PACING_GAIN;
        cwndGain = STARTUP_CWND_GAIN;
        cwnd = initialWindow();
        pacingRate = STARTUP_PACING_GAIN * cwnd * NANOS / RttEstimator.INITIAL_RTT;
        rttSeen = false;
        fullReached = false;
        resetFullBandwidth(0);
        maxBandwidth.reset();
        medians.reset();
        rates.clear();
        roundBandwidth = 0;
        longRate.reset();
        aggregation.reset(now);
        roundTrips.reset();
        lookedAt = 0;
        overflow.end();
        shared.end();
        resetShortTerm();
        resetSignals();
        inflightLongTerm = NONE;
        randomLoss = 0;
        feedback = Feedback.NONE;
        probeSamples = false;
        restore = false;
    }

    @Override
    public void onMaxDatagramSize(int bytes) {
        datagram = bytes;
        shared.onMaxDatagramSize(bytes);
    }

    @Override
    public long window() {
        return (long) cwnd;
    }

    @Override
    public long pacingRate() {
        return Math.max(1, (long) pacingRate);
    }

    @Override
    public boolean inSlowStart() {
        return state == State.STARTUP;
    }

    State state() {
        return state;
    }

    double maxBandwidth() {
        return maxBandwidth.max();
    }

    long minRtt() {
        return roundTrips.min();
    }

    double inflightLongTerm() {
        return inflightLongTerm;
    }

    double randomLoss() {
        return randomLoss;
    }

    // ---- the model

    private void updateSignals(AckSample ack) {
        double rate = ack.deliveryRate();
        lossRoundStart = false;
        bandwidthLatest = Math.max(bandwidthLatest, rate);
        inflightLatest = Math.max(inflightLatest, (double) (ack.delivered() - ack.priorDelivered()));
        if (ack.ackedBytes() > 0 && ack.priorDelivered() >= lossRoundEnd) {
            lossRoundEnd = ack.delivered();
            lossRoundStart = true;
        }
        if (rate > 0 && (rate >= maxBandwidth.max() || !ack.appLimited())) {
            rates.add((long) rate);
            if (!fullReached) {
                maxBandwidth.update(rate);
            }
        }
        if (lossRoundStart) {
            endLossRound(ack);
        }
    }

    private void endLossRound(AckSample ack) {
        longRate.onRound();
        if (rates.count() >= FEW_RATES) {
            roundBandwidth = (double) rate(rates.median());
            maxBandwidth.update(roundBandwidth);
            medians.update(roundBandwidth);
            rates.clear();
        }
        boolean searching = state == State.STARTUP || state == State.REFILL || state == State.UP;
        if (congestedInRound && !searching && !shared.active()) {
            bandwidthShortTerm = bandwidthShortTerm == NONE ? maxBandwidth.max() : bandwidthShortTerm;
            inflightShortTerm = inflightShortTerm == NONE ? cwnd : inflightShortTerm;
            bandwidthShortTerm = Math.max(bandwidthLatest, BETA * bandwidthShortTerm);
            inflightShortTerm = Math.max(inflightLatest, BETA * inflightShortTerm);
        }
        if (searching) {
            shared.onProbing();
        } else if (state != State.PROBE_RTT) {
            keepCompany(ack);
        }
        if (!congestedInRound && !roundTrips.queued()) {
            // what was lost was lost behind a queue that is gone
            resetShortTerm();
        }
        double share = (double) roundLost / Math.max(1, roundLost + roundDelivered);
        drownedRounds = state == State.STARTUP && share > LOSS_WITHOUT_QUEUE && lossesInRound >= STARTUP_LOSSES
                ? drownedRounds + 1
                : 0;
        overflow.onRound(drownedRounds > 0, roundTrips.roundRtt(), roundTrips.min());
        if (!congestedInRound && !roundTrips.queued() && roundDelivered > 0 && drownedRounds == 0 && state != State.UP
                && state != State.DOWN) {
            // rounds of few packets say little
            double weight = Math.min(0.25, (double) (roundLost + roundDelivered) / datagram / 400);
            randomLoss = Math.min(MAX_RANDOM_LOSS, randomLoss + weight * (share - randomLoss));
        }
        if (state == State.STARTUP && (congestedInRound || drownedRounds > 1) && lossesInRound >= STARTUP_LOSSES
                && (fullRounds > 0 || drownedRounds > 1 || roundTrips.queued())) {
            leftStartupByLoss = true;
            startupLost = roundLost;
            fullReached = true;
            inflightLongTerm = Math.max(product(maxBandwidth.max()), inflightLatest);
        }
        congestedInRound = false;
        lossesInRound = 0;
        roundLost = 0;
        roundDelivered = 0;
    }

    /** Looks whether somebody else keeps the queue, or does no longer. */
    private void keepCompany(AckSample ack) {
        double inFlight = ack.bytesInFlight() + ack.ackedBytes();
        boolean waits = roundTrips.allQueued();
        boolean less = roundBandwidth < KEPT_RATE * medians.max();
        double most = UP_CWND_GAIN * product(maxBandwidth.max());
        if (shared.onQuietRound(ack.now(), roundTrips.queued(), waits, less, state == State.CRUISE, Math.min(cwnd, inFlight),
                most,
                product(roundBandwidth))) {
            resetShortTerm();
            feedback = Feedback.NONE;
            probeSamples = false;
            enter(State.CRUISE, 1, CWND_GAIN);
        } else if (shared.active() && !waits && (roundBandwidth >= WHOLE_RATE * medians.max() || shared.window() >= most)) {
            shared.end();
        } else if (!shared.active() && shared.suspected() && !roundTrips.loose() && bandwidthLatest > 0
                && bandwidthLatest < RECENT_RATE * bandwidth()) {
            // what we get now is our share, whatever it was some seconds ago
            bandwidthShortTerm = Math.max(bandwidthLatest, BETA * bandwidth());
        }
    }

    /** The rate as modelled. */
    private double bandwidth() {
        return Math.min(maxBandwidth.max(), bandwidthShortTerm);
    }

    private double product(double rate) {
        long min = roundTrips.min();
        return min == 0 ? initialWindow() : rate * min / NANOS;
    }

    /** What is in flight at a gain over the product of rate and delay, with room for batches and lumps. */
    private double inflightAt(double gain) {
        return Math.max(gain * product(bandwidth()), minimumWindow()) + 3 * quantum();
    }

    /** Bytes of a batch that leaves at once. */
    private double quantum() {
        return Math.clamp(pacingRate * QUANTUM_NANOS / NANOS, 2.0 * datagram, (double) MAX_QUANTUM) / 2;
    }

    private double minimumWindow() {
        return packets(MIN_PACKETS);
    }

    private double packets(int number) {
        return (double) number * datagram;
    }

    /** Whether the window was what kept more from being sent. */
    private boolean fills(AckSample ack) {
        return (double) (ack.bytesInFlight() + ack.ackedBytes()) + packets(2) >= cwnd;
    }

    private void resetShortTerm() {
        bandwidthShortTerm = NONE;
        inflightShortTerm = NONE;
    }

    private void resetSignals() {
        congestedInRound = false;
        lossesInRound = 0;
        bandwidthLatest = 0;
        inflightLatest = 0;
    }

    // ---- the end of startup

    private void resetFullBandwidth(long from) {
        fullBandwidth = from;
        fullRounds = 0;
        fullNow = false;
    }

    /** {@code sampled}, but where packets overtake others and so much is known, the rate of some rounds. */
    private long rate(long sampled) {
        long overall = roundTrips.loose() ? (long) longRate.rate() : 0;
        return overall > 0 ? overall : sampled;
    }

    private void checkFullBandwidth(AckSample ack) {
        long rate = rate(ack.deliveryRate());
        if (fullNow || ack.appLimited() || rate == 0) {
            return;
        }
        if (rate >= fullBandwidth * (state == State.STARTUP && !roundTrips.loose() ? STARTUP_GROWTH : GROWTH)) {
            resetFullBandwidth(rate);
            return;
        }
        if (!roundTrips.roundStart()) {
            return;
        }
        int enough = roundTrips.loose() ? LOOSE_FULL_ROUNDS : STARTUP_FULL_ROUNDS;
        fullNow = ++fullRounds >= (state == State.STARTUP && roundTrips.queued() ? STARTUP_QUEUED_ROUNDS : enough);
        fullReached |= fullNow;
    }

    private void checkStartupDone(AckSample ack) {
        if (state == State.STARTUP) {
            if (fullReached) {
                steadySince = ack.now();
                congestedInRound = false;
                enter(State.DRAIN, DRAIN_PACING_GAIN, STARTUP_CWND_GAIN);
            }
        }
        if (state == State.DRAIN && ack.bytesInFlight() <= inflightAt(1)) {
            startDown(ack.now());
        }
    }

    private void enter(State next, double pacing, double window) {
        state = next;
        pacingGain = pacing;
        cwndGain = window;
    }

    // ---- the cycle of probing

    private boolean probesBandwidth() {
        return state == State.DOWN || state == State.CRUISE || state == State.REFILL || state == State.UP;
    }

    private void startDown(long now) {
        resetSignals();
        upStep = NONE;
        random = random * 6364136223846793005L + now + 1442695040888963407L;
        probeWait = PROBE_WAIT + (random >>> 1) % PROBE_WAIT_SPREAD;
        lastProbeRound = roundTrips.rounds() - (random >>> 63);
        cycleAt = now;
        steadySince = state == State.UP ? now : steadySince;
        feedback = Feedback.STOPPING;
        roundTrips.startRound(delivered);
        enter(State.DOWN, DOWN_PACING_GAIN, CWND_GAIN);
    }

    private void startRefill() {
        resetShortTerm();
        upRounds = 0;
        upBytes = 0;
        feedback = Feedback.REFILLING;
        roundTrips.startRound(delivered);
        enter(State.REFILL, 1, CWND_GAIN);
    }

    private void startUp(AckSample ack) {
        feedback = Feedback.STARTING;
        probeSamples = true;
        roundTrips.startRound(delivered);
        upSinceRound = roundTrips.rounds();
        resetFullBandwidth(rate(ack.deliveryRate()));
        cycleAt = ack.now();
        enter(State.UP, UP_PACING_GAIN, UP_CWND_GAIN);
        raiseSlope();
    }

    private void updateCycle(AckSample ack) {
        if (!fullReached) {
            return;
        }
        adaptLongTerm(ack);
        switch (state) {
            case DOWN -> {
                if (timeToProbe(ack)) {
                    startRefill();
                } else if (ack.bytesInFlight() <= Math.min(inflightWithHeadroom(), inflightAt(1))) {
                    enter(State.CRUISE, 1, CWND_GAIN);
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
        double rounds = Math.min(MAX_ROUNDS_BETWEEN_PROBES, Math.min(product(bandwidth()), cwnd) / datagram);
        return ack.now() - cycleAt > probeWait || roundTrips.rounds() - lastProbeRound >= rounds;
    }

    private boolean timeToGoDown(AckSample ack) {
        if (cwnd >= inflightLongTerm && fills(ack)) {
            // the bound keeps the rate from growing: it says nothing about the path
            resetFullBandwidth(rate(ack.deliveryRate()));
            return false;
        }
        boolean aRound = roundTrips.rounds() > upSinceRound;
        return fullNow || (aRound && ack.bytesInFlight() > inflightAt(UP_PACING_GAIN) + aggregation.bytes());
    }

    private void adaptLongTerm(AckSample ack) {
        if (feedback == Feedback.STARTING && roundTrips.roundStart()) {
            feedback = Feedback.COMING;
        }
        if (feedback == Feedback.STOPPING && roundTrips.roundStart()) {
            feedback = Feedback.NONE;
            probeSamples = false;
            if (probesBandwidth() && !ack.appLimited()) {
                maxBandwidth.advance();
                medians.advance();
            }
        }
        if (congested(ack.lostSinceSent(), ack.priorInFlight())) {
            if (probeSamples) {
                inflightTooHigh(ack.now(), ack.priorInFlight(), ack.appLimited());
            }
            return;
        }
        if (inflightLongTerm == NONE) {
            return;
        }
        inflightLongTerm = Math.max(inflightLongTerm, (double) ack.priorInFlight());
        if (state == State.UP) {
            probeUpward(ack);
        }
    }

    private void inflightTooHigh(long now, long inFlight, boolean appLimited) {
        probeSamples = false;
        if (!appLimited) {
            double target = Math.min(product(bandwidth()), cwnd);
            inflightLongTerm = Math.max((double) inFlight, BETA * target);
        }
        if (state == State.UP) {
            startDown(now);
        }
    }

    private void raiseSlope() {
        upStep = Math.max(cwnd / (1 << upRounds), datagram);
        upRounds = Math.min(upRounds + 1, 30);
    }

    /** The bound grows by a packet, then two, four... each round, while it is what limits. */
    private void probeUpward(AckSample ack) {
        if (cwnd < inflightLongTerm || !fills(ack)) {
            return;
        }
        upBytes += ack.ackedBytes();
        if (upBytes >= upStep) {
            double steps = Math.floor(upBytes / upStep);
            upBytes -= steps * upStep;
            inflightLongTerm += steps * datagram;
        }
        if (roundTrips.roundStart()) {
            raiseSlope();
        }
    }

    /**
     * Less than the bound, to leave room for others. Where nobody else is seen, no less than the pipe holds with what is lost in it and
     * not noticed yet.
     */
    private double inflightWithHeadroom() {
        if (inflightLongTerm == NONE) {
            return NONE;
        }
        double bound = inflightLongTerm - Math.max(datagram, HEADROOM * inflightLongTerm);
        return Math.max(bound,
                shared.suspected() ? minimumWindow() : inflightAt(UP_PACING_GAIN) / (1 - randomLoss) + aggregation.bytes());
    }

    // ---- the delay of the empty path

    private void checkProbeRtt(AckSample ack) {
        // much loss with no queue in sight: a lossy path, or a short queue that was full from the beginning; a look tells
        boolean lossy = randomLoss > LOSS_THRESHOLD && (lookedAt == 0 || ack.now() - lookedAt > LOOK_AGAIN);
        boolean doubted = lossy || overflow.confirmed();
        if (state != State.PROBE_RTT && fullReached && !idleRestart
                && (doubted || ack.now() - roundTrips.minAt() > PROBE_RTT_INTERVAL)) {
            overflow.end();
            long usual = Math.min(PROBE_RTT_DURATION, PROBE_RTT_ROUND_TRIPS * roundTrips.min());
            probeRttFor = doubted && !roundTrips.loose() ? 1 : usual;
            cwndBefore = Math.max(cwnd, restore ? cwndBefore : 0);
            enter(State.PROBE_RTT, 1, PROBE_RTT_CWND_GAIN);
            probeRttDoneAt = 0;
            feedback = Feedback.STOPPING;
            roundTrips.startRound(delivered);
        }
        if (state != State.PROBE_RTT) {
            return;
        }
        if (probeRttDoneAt == 0 && ack.bytesInFlight() <= probeRttWindow()) {
            probeRttDoneAt = ack.now() + probeRttFor;
            probeRttRounds = 0;
            roundTrips.startProbe();
            roundTrips.startRound(delivered);
        } else if (probeRttDoneAt != 0) {
            // what the first of them acknowledges was sent before
            probeRttRounds += roundTrips.roundStart() ? 1 : 0;
            if (probeRttRounds > 1) {
                checkProbeRttDone(ack.now());
            }
        }
    }

    private void checkProbeRttDone(long now) {
        if (probeRttDoneAt == 0 || now - probeRttDoneAt < 0) {
            return;
        }
        roundTrips.endProbe(now, shared.active());
        if (shared.active() && !roundTrips.queued()) {
            shared.tryAlone(product(maxBandwidth.max()));
        }
        lookedAt = now;
        cwnd = Math.max(cwnd, cwndBefore);
        resetShortTerm();
        startDown(now);
        enter(State.CRUISE, 1, CWND_GAIN);
    }

    private double probeRttWindow() {
        return Math.max(PROBE_RTT_CWND_GAIN * product(bandwidth()), minimumWindow());
    }

    // ---- what the owner reads

    private void setPacingRate(double gain) {
        double rate = gain * bandwidth() * PACING_MARGIN / (1 - randomLoss);
        if (shared.active() && state != State.PROBE_RTT) {
            rate = SHARED_PACING_GAIN * shared.window() * NANOS / Math.max(1, roundTrips.roundRtt());
        }
        if (rate > 0 && (fullReached || rate > pacingRate)) {
            pacingRate = rate;
        }
    }

    private void setWindow(long acked) {
        if (shared.active() && state != State.PROBE_RTT) {
            cwnd = Math.max(shared.window(), minimumWindow());
            return;
        }
        double limit = inflightAt(shared.suspected() ? Math.min(cwndGain, SHARED_CWND_GAIN) : cwndGain) + aggregation.bytes();
        if (fullReached) {
            cwnd = Math.min(cwnd + acked, limit);
        } else if (cwnd < limit || delivered < initialWindow()) {
            cwnd += acked;
        }
        double bound = switch (state) {
            case PROBE_RTT -> Math.min(probeRttWindow(), inflightWithHeadroom());
            case CRUISE -> inflightWithHeadroom();
            case DOWN, REFILL, UP -> inflightLongTerm;
            default -> NONE;
        };
        cwnd = Math.max(Math.min(cwnd, Math.min(bound, inflightShortTerm)), minimumWindow());
    }
}
