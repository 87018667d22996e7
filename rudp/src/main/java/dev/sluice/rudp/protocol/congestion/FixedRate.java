package dev.sluice.rudp.protocol.congestion;

/**
 * Sends at the rate that its user knows the path to have, whatever is lost: the rate is divided by the share that arrives, measured over
 * five seconds, which is taken to be four fifths at least. For paths that are the user's own; it does not give way to anybody. Its
 * owner's thread only.
 */
final class FixedRate implements CongestionControl {
    private static final int SLOTS = 5;
    private static final long SLOT_NANOS = 1_000_000_000L;
    private static final int MIN_PACKETS = 50;
    private static final double MIN_SHARE = 0.8;
    private static final double WINDOW_ROUND_TRIPS = 2;
    private static final int MIN_WINDOW_PACKETS = 10;
    private static final double NANOS = 1e9;

    private final long rate;
    private final long[] acked = new long[SLOTS];
    private final long[] lost = new long[SLOTS];
    private final long[] second = new long[SLOTS];
    private int datagram;
    private long rtt = RttEstimator.INITIAL_RTT;
    private double share = 1;

    FixedRate(long bytesPerSecond, int datagram) {
        this.rate = bytesPerSecond;
        this.datagram = datagram;
    }

    @Override
    public String name() {
        return "fixed-rate";
    }

    @Override
    public void onPacketSent(long now, Transmission packet, long bytesInFlight) {}

    @Override
    public void onAck(AckSample sample) {
        rtt = sample.smoothedRtt();
        acked[slot(sample.now())] += Math.max(1, sample.ackedBytes() / datagram);
        measure(sample.now());
    }

    @Override
    public void onLoss(long now, Transmission packet, long bytesInFlight) {
        lost[slot(now)]++;
    }

    @Override
    public void onSpuriousLoss(long now, Transmission packet) {
        int slot = slot(now);
        lost[slot] = Math.max(0, lost[slot] - 1);
    }

    @Override
    public void onEcnCe(long now, long sentAt, long packets) {}

    @Override
    public void onPersistentCongestion(long now) {}

    @Override
    public void onMaxDatagramSize(int bytes) {
        datagram = bytes;
    }

    @Override
    public long window() {
        return Math.max((long) (WINDOW_ROUND_TRIPS * rate / share * rtt / NANOS), (long) MIN_WINDOW_PACKETS * datagram);
    }

    @Override
    public long pacingRate() {
        return (long) (rate / share);
    }

    @Override
    public boolean inSlowStart() {
        return false;
    }

    private int slot(long now) {
        long wanted = Math.floorDiv(now, SLOT_NANOS);
        int slot = Math.floorMod(wanted, SLOTS);
        if (second[slot] != wanted) {
            second[slot] = wanted;
            acked[slot] = 0;
            lost[slot] = 0;
        }
        return slot;
    }

    private void measure(long now) {
        long oldest = Math.floorDiv(now, SLOT_NANOS) - SLOTS;
        long arrived = 0;
        long all = 0;
        for (int i = 0; i < SLOTS; i++) {
            if (second[i] > oldest) {
                arrived += acked[i];
                all += acked[i] + lost[i];
            }
        }
        share = all < MIN_PACKETS ? 1 : Math.max(MIN_SHARE, (double) arrived / all);
    }
}
