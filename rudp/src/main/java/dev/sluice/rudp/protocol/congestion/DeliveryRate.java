package dev.sluice.rudp.protocol.congestion;

/**
 * Estimates the rate at which the path delivers, by acknowledgements (draft-ietf-ccwg-bbr, "Delivery Rate Samples"): each packet
 * remembers how much had been delivered when it left; when it is acknowledged, what came since, divided by the longer of the times
 * that it took to send and to acknowledge, is the rate.
 *
 * <p>Order of calls: {@link #onSent} for each packet; for an acknowledgement {@link #onLost} and {@link #onAcked} for each packet and
 * {@link #sample} at the end. One for each path; its owner's thread only; allocates nothing.
 */
public final class DeliveryRate {
    private static final double NANOS = 1e9;

    /** So many of the newest packets of an acknowledgement are looked at for {@link AckSample#typicalSentAt()}. */
    private static final int NEWEST = 8;

    private final AckSample sample = new AckSample();
    private final PacketOrder order = new PacketOrder();
    /** When the newest packets left that are newly acknowledged, the latest first. */
    private final long[] newest = new long[NEWEST];
    private int packets;

    private long delivered;
    private long deliveredAt;
    private long firstSentAt;
    private long lost;
    /** The sender ran out of data when this many bytes had been delivered or were in flight; 0: it has enough. */
    private long appLimitedUntil;

    private long newlyAcked;
    private long newlyLost;
    private boolean sampled;
    private long sampleSentAt;
    private long samplePacketNumber;
    private long sampleDelivered;
    private long sampleDeliveredAt;
    private long sampleFirstSentAt;
    private long sampleLost;
    private long sampleInFlight;
    private boolean sampleAppLimited;

    /**
     * A packet leaves.
     *
     * @param packet its number and size are set; the rest is set here
     * @param bytesInFlight before it
     */
    public void onSent(long now, Transmission packet, long bytesInFlight) {
        if (bytesInFlight == 0) {
            firstSentAt = now;
            deliveredAt = now;
        }
        packet.sentAt = now;
        packet.delivered = delivered;
        packet.deliveredAt = deliveredAt;
        packet.firstSentAt = firstSentAt;
        packet.lost = lost;
        packet.inFlight = bytesInFlight + packet.bytes;
        packet.appLimited = appLimitedUntil != 0;
    }

    /**
     * The sender could send more (window, pacing and flow control allow it) but the application gave nothing: samples are marked until
     * what is in flight now has been delivered.
     */
    public void onAppLimited(long bytesInFlight) {
        appLimitedUntil = Math.max(1, delivered + bytesInFlight);
    }

    /** Whether packets that leave now are marked so. */
    public boolean appLimited() {
        return appLimitedUntil != 0;
    }

    /** A packet is acknowledged for the first time, be it that it had been declared lost. */
    public void onAcked(long now, Transmission packet) {
        delivered += packet.bytes;
        deliveredAt = now;
        newlyAcked += packet.bytes;
        order.onAcked(packet.sentAt);
        note(packet.sentAt);
        if (!sampled || packet.delivered > sampleDelivered
                || (packet.delivered == sampleDelivered && packet.packetNumber > samplePacketNumber)) {
            sampled = true;
            sampleSentAt = packet.sentAt;
            samplePacketNumber = packet.packetNumber;
            sampleDelivered = packet.delivered;
            sampleDeliveredAt = packet.deliveredAt;
            sampleFirstSentAt = packet.firstSentAt;
            sampleLost = packet.lost;
            sampleInFlight = packet.inFlight;
            sampleAppLimited = packet.appLimited;
            firstSentAt = packet.sentAt;
        }
    }

    private void note(long sentAt) {
        int at = Math.min(packets++, NEWEST);
        while (at > 0 && newest[at - 1] < sentAt) {
            if (at < NEWEST) {
                newest[at] = newest[at - 1];
            }
            at--;
        }
        if (at < NEWEST) {
            newest[at] = sentAt;
        }
    }

    /** {@link AckSample#typicalSentAt} of the acknowledgement that is being taken in. */
    public long typicalSentAt() {
        return packets == 0 ? 0 : newest[Math.min(packets / 4, NEWEST - 1)];
    }

    /** A packet is declared lost. */
    public void onLost(Transmission packet) {
        lost += packet.bytes;
        newlyLost += packet.bytes;
    }

    /**
     * Ends an acknowledgement.
     *
     * @param latestRtt the round trip that it gave, ns; 0 for none
     * @param bytesInFlight after it
     */
    public AckSample sample(long now, long latestRtt, RttEstimator rtt, long bytesInFlight) {
        if (appLimitedUntil != 0 && delivered > appLimitedUntil) {
            appLimitedUntil = 0;
        }
        order.onAckEnd(now, rtt.smoothed());
        AckSample s = sample;
        s.now = now;
        s.ackedBytes = newlyAcked;
        s.lostBytes = newlyLost;
        s.bytesInFlight = bytesInFlight;
        s.latestRtt = latestRtt;
        s.smoothedRtt = rtt.smoothed();
        s.minRtt = rtt.min();
        s.delivered = delivered;
        s.lost = lost;
        s.priorDelivered = sampled ? sampleDelivered : delivered;
        s.priorLost = sampled ? sampleLost : lost;
        s.priorInFlight = sampleInFlight;
        s.largestSentAt = sampleSentAt;
        s.typicalSentAt = typicalSentAt();
        s.overtaken = order.overtaken();
        s.largestPacketNumber = samplePacketNumber;
        s.appLimited = sampleAppLimited;
        s.interval = 0;
        s.deliveryRate = 0;
        if (sampled) {
            long interval = Math.max(sampleSentAt - sampleFirstSentAt, deliveredAt - sampleDeliveredAt);
            // an interval below the smallest round trip is compression of acknowledgements, not speed
            if (interval > 0 && (rtt.min() == 0 || interval >= rtt.min())) {
                s.interval = interval;
                s.deliveryRate = (long) ((delivered - sampleDelivered) * NANOS / interval);
            }
        }
        newlyAcked = 0;
        newlyLost = 0;
        sampled = false;
        packets = 0;
        return s;
    }

    /** By how much earlier packets left than others that were acknowledged before them, at most, in the last dozens of round trips; ns. */
    public long overtaken() {
        return order.overtaken();
    }

    /** Bytes delivered on this path. */
    public long delivered() {
        return delivered;
    }

    /** Bytes lost on this path. */
    public long lost() {
        return lost;
    }
}
