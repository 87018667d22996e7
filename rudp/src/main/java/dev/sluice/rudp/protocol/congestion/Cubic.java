package dev.sluice.rudp.protocol.congestion;

/**
 * CUBIC (RFC 9438) with HyStart++, paced, and with its reductions undone where all the losses that caused them turn out to be packets
 * that were only late (RFC 9438 §4.9). Its owner's thread only.
 */
final class Cubic implements CongestionControl {
    private static final double C = 0.4;
    private static final double BETA = 0.7;
    private static final double ALPHA = 3 * (1 - BETA) / (1 + BETA);
    private static final int INITIAL_PACKETS = 10;
    private static final int INITIAL_BYTES = 14720;
    private static final int MIN_PACKETS = 2;
    private static final double NANOS = 1e9;
    /** Faster than the window's own rate, so that pacing does not keep it from growing (RFC 9002 §7.7; twice that in slow start). */
    private static final double PACING_GAIN = 1.25;
    private static final double SLOW_START_PACING_GAIN = 2;

    private final RoundTrips roundTrips = new RoundTrips();
    private final HyStart hyStart = new HyStart();
    private int datagram;
    private Window window;
    private long srtt = RttEstimator.INITIAL_RTT;

    /** Losses of packets that left before this belong to a reduction that was made. */
    private long recoverySince = Long.MIN_VALUE;
    private Window before;
    private int episodeLosses;
    private int episodeSpurious;

    /**
     * What a reduction changes, and an undo takes back. Windows in bytes.
     *
     * @param target the window before the last reduction, W_max
     * @param epoch when the current growth began; 0: not yet
     * @param start the window then
     * @param k seconds from then until the target is reached
     * @param estimate what Reno would have reached
     */
    private record Window(double size, double threshold, double target, long epoch, double start, double k, double estimate) {
        Window withSize(double bytes) {
            return new Window(bytes, threshold, target, epoch, start, k, estimate);
        }
    }

    Cubic(int datagram) {
        this.datagram = datagram;
        this.window = initial();
        this.before = window;
    }

    /** Goes on from this window, bytes, in congestion avoidance, as if nothing had been before. */
    void begin(double bytes) {
        window = new Window(Math.max(bytes, (double) MIN_PACKETS * datagram), bytes, bytes, 0, 0, 0, 0);
        before = window;
        recoverySince = Long.MIN_VALUE;
    }

    private Window initial() {
        return new Window(Math.min(INITIAL_PACKETS * datagram, Math.max(2 * datagram, INITIAL_BYTES)), Double.MAX_VALUE, 0, 0, 0,
                0, 0);
    }

    @Override
    public String name() {
        return "cubic";
    }

    @Override
    public void onPacketSent(long now, Transmission packet, long bytesInFlight) {}

    @Override
    public void onAck(AckSample sample) {
        srtt = sample.smoothedRtt();
        roundTrips.onAck(sample);
        if (inSlowStart() && roundTrips.roundStart() && roundTrips.min() > 0 && hyStart.onRound(roundTrips.roundRtt())) {
            window = new Window(window.size, window.size, window.size, 0, 0, 0, 0);
        }
        boolean used = sample.bytesInFlight() + sample.ackedBytes() + sample.lostBytes() + 2L * datagram >= window.size;
        if (sample.ackedBytes() == 0 || sample.largestSentAt() <= recoverySince || !used || sample.appLimited()) {
            return;
        }
        if (inSlowStart()) {
            window = window.withSize(window.size + hyStart.growth(sample.ackedBytes()));
        } else {
            grow(sample.now(), sample.ackedBytes());
        }
    }

    /** RFC 9438 §4.2 to §4.5. */
    private void grow(long now, long acked) {
        Window w = window;
        if (w.epoch == 0) {
            double k = w.size < w.target ? Math.cbrt((w.target - w.size) / datagram / C) : 0;
            double target = Math.max(w.target, w.size);
            w = new Window(w.size, w.threshold, target, now, w.size, k, w.size);
        }
        double t = (now - w.epoch) / NANOS + srtt / NANOS;
        double cubic = C * datagram * Math.pow(t - w.k, 3) + w.target;
        double alpha = w.estimate >= w.target ? 1 : ALPHA;
        double estimate = w.estimate + alpha * datagram * acked / w.size;
        double size = w.size;
        if (cubicAt(w, now) < estimate) {
            size = Math.max(size, estimate);
        } else {
            double goal = Math.clamp(cubic, size, 1.5 * size);
            size += (goal - size) / size * acked;
        }
        window = new Window(size, w.threshold, w.target, w.epoch, w.start, w.k, estimate);
    }

    private double cubicAt(Window w, long now) {
        return C * datagram * Math.pow((now - w.epoch) / NANOS - w.k, 3) + w.target;
    }

    @Override
    public void onLoss(long now, Transmission packet, long bytesInFlight) {
        if (packet.sentAt <= recoverySince) {
            episodeLosses++;
            return;
        }
        before = window;
        episodeLosses = 1;
        episodeSpurious = 0;
        reduce(now);
    }

    private void reduce(long now) {
        recoverySince = now;
        double size = window.size;
        double target = size < window.target ? size * (1 + BETA) / 2 : size;
        double reduced = Math.max(size * BETA, (double) MIN_PACKETS * datagram);
        window = new Window(reduced, reduced, target, 0, 0, 0, 0);
    }

    @Override
    public void onSpuriousLoss(long now, Transmission packet) {
        if (packet.sentAt > recoverySince || ++episodeSpurious < episodeLosses || before.size <= window.size) {
            return;
        }
        window = before;
        recoverySince = Long.MIN_VALUE;
    }

    @Override
    public void onEcnCe(long now, long sentAt, long packets) {
        if (sentAt > recoverySince) {
            before = window;
            episodeLosses = Integer.MAX_VALUE;
            reduce(now);
        }
    }

    @Override
    public void onPersistentCongestion(long now) {
        double reduced = (double) MIN_PACKETS * datagram;
        window = new Window(reduced, Math.max(window.threshold, reduced), window.target, 0, 0, 0, 0);
        hyStart.reset();
        recoverySince = Long.MIN_VALUE;
    }

    @Override
    public void onMaxDatagramSize(int bytes) {
        datagram = bytes;
    }

    @Override
    public long window() {
        return (long) window.size;
    }

    @Override
    public long pacingRate() {
        double gain = inSlowStart() ? SLOW_START_PACING_GAIN : PACING_GAIN;
        return Math.max(1, (long) (gain * window.size * NANOS / srtt));
    }

    @Override
    public boolean inSlowStart() {
        return window.size < window.threshold;
    }
}
