package dev.sluice.rudp.protocol.congestion;

/**
 * Vegas: keeps between {@value #ALPHA} and {@value #BETA} packets waiting in the queue of the path, judged once a round trip by how much
 * longer than on the empty path it took. A loss says that the queue is full only where the round trip is longer, too; otherwise it is
 * the medium's, and sending less would not help. Its owner's thread only.
 */
final class Vegas implements CongestionControl {
    private static final int ALPHA = 2;
    private static final int BETA = 4;
    private static final int INITIAL_PACKETS = 10;
    private static final int INITIAL_BYTES = 14720;
    private static final int MIN_PACKETS = 4;
    private static final double NANOS = 1e9;
    private static final double PACING_GAIN = 1.25;
    private static final double SLOW_START_PACING_GAIN = 2;

    private final RoundTrips roundTrips = new RoundTrips();
    private int datagram;
    private double window;
    private double threshold = Double.MAX_VALUE;
    private long srtt = RttEstimator.INITIAL_RTT;
    private long recoverySince = Long.MIN_VALUE;
    private double before;
    private boolean used;

    Vegas(int datagram) {
        this.datagram = datagram;
        this.window = initial();
        this.before = window;
    }

    private double initial() {
        return Math.min(INITIAL_PACKETS * datagram, Math.max(2 * datagram, INITIAL_BYTES));
    }

    @Override
    public String name() {
        return "vegas";
    }

    @Override
    public void onPacketSent(long now, Transmission packet, long bytesInFlight) {}

    @Override
    public void onAck(AckSample sample) {
        srtt = sample.smoothedRtt();
        roundTrips.onAck(sample);
        used |= !sample.appLimited()
                && sample.bytesInFlight() + sample.ackedBytes() + sample.lostBytes() + 2L * datagram >= window;
        if (inSlowStart() && used) {
            window += sample.ackedBytes();
        }
        if (!roundTrips.roundStart() || roundTrips.min() == 0) {
            return;
        }
        double waiting = window / datagram * (roundTrips.roundRtt() - roundTrips.min()) / roundTrips.roundRtt();
        if (inSlowStart()) {
            if (waiting > BETA) {
                window = Math.max(window - (waiting - ALPHA) * datagram, minimum());
                threshold = window;
            }
        } else if (waiting > BETA) {
            window -= datagram;
        } else if (waiting < ALPHA && used) {
            // far from a queue the search goes on faster than by a packet a round
            window += Math.max(1, (ALPHA - waiting) * window / datagram / 64) * datagram;
        }
        window = Math.max(window, minimum());
        used = false;
    }

    @Override
    public void onLoss(long now, Transmission packet, long bytesInFlight) {
        if (packet.sentAt > recoverySince && roundTrips.queued()) {
            reduce(now, 0.5);
        }
    }

    private void reduce(long now, double factor) {
        before = window;
        recoverySince = now;
        window = Math.max(window * factor, minimum());
        threshold = window;
    }

    @Override
    public void onSpuriousLoss(long now, Transmission packet) {
        if (packet.sentAt <= recoverySince) {
            window = Math.max(window, before);
            recoverySince = Long.MIN_VALUE;
        }
    }

    @Override
    public void onEcnCe(long now, long sentAt, long packets) {
        if (sentAt > recoverySince) {
            reduce(now, 0.5);
        }
    }

    @Override
    public void onPersistentCongestion(long now) {
        threshold = Math.max(window / 2, minimum());
        window = minimum();
    }

    @Override
    public void onMaxDatagramSize(int bytes) {
        datagram = bytes;
    }

    @Override
    public long window() {
        return (long) window;
    }

    @Override
    public long pacingRate() {
        return Math.max(1, (long) ((inSlowStart() ? SLOW_START_PACING_GAIN : PACING_GAIN) * window * NANOS / srtt));
    }

    @Override
    public boolean inSlowStart() {
        return window < threshold;
    }

    private double minimum() {
        return (double) MIN_PACKETS * datagram;
    }
}
