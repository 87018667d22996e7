package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.congestion.AckSample;
import dev.sluice.rudp.protocol.congestion.RttEstimator;
import dev.sluice.rudp.protocol.wire.AckFrame;
import dev.sluice.rudp.protocol.wire.ErrorCode;
import dev.sluice.rudp.protocol.wire.ProtocolViolation;
import org.jspecify.annotations.Nullable;

/**
 * Finds out which packets arrived and which did not (RFC 9002): by acknowledgements, by packets sent later that arrived, and by probes
 * where nothing comes back. How late a packet may be is learned, as RFC 8985 does with its reordering window: the threshold in packets by
 * those that arrive after they were taken for lost, the one in time by how much packets overtake others
 * ({@link dev.sluice.rudp.protocol.congestion.DeliveryRate#overtaken}).
 *
 * <p>It changes the state of packets and the bytes in flight of their paths, and tells the {@link Sink}, which knows what they carried.
 */
final class LossRecovery {
    static final long NEVER = Long.MAX_VALUE;

    private static final int PACKET_THRESHOLD = 3;
    private static final int MAX_PACKET_THRESHOLD = 4096;
    private static final int MAX_BACKOFF = 16;
    private static final long MAX_PROBE_INTERVAL = 500_000_000L;
    private static final int PERSISTENT = 3;
    /** Without late packets for so many round trips, and so long, the thresholds are the usual ones again. */
    private static final int CALM_ROUND_TRIPS = 64;
    /** By however much packets overtake others, those of a path with a shorter round trip are not waited for longer. */
    private static final long MAX_PATIENCE = 100_000_000L;
    private static final long CALM = 10_000_000_000L;

    /** Who hears of packets. */
    interface Sink {
        /** Arrived; {@code wasLost} where it had been taken for lost. */
        void onPacketAcked(long now, SentPacket packet, boolean wasLost);

        /** Lost; what it carried is to be sent again. */
        void onPacketLost(long now, SentPacket packet, ConnectionObserver.LossTrigger trigger);

        /** Not taken by the server, which is no loss; what it carried is to be sent again. */
        void onPacketRefused(SentPacket packet);
    }

    private final SentPackets packets;
    private final Sink sink;
    private final LongRanges acked = new LongRanges();
    private long largestAcked = -1;
    private long lowestOutstanding;
    private int elicitingOutstanding;
    private long lastElicitingSentAt;
    private long lossTime = NEVER;
    private int probeCount;
    private int probesDue;
    private int packetThreshold = PACKET_THRESHOLD;
    private long lateAt;
    private long peerAckDelay = 25_000_000;
    private long deliveryRate;

    LossRecovery(SentPackets packets, Sink sink) {
        this.packets = packets;
        this.sink = sink;
    }

    void peerAckDelay(long nanos) {
        peerAckDelay = nanos;
    }

    long peerAckDelay() {
        return peerAckDelay;
    }

    long largestAcked() {
        return largestAcked;
    }

    boolean somethingOutstanding() {
        return elicitingOutstanding > 0;
    }

    int probeCount() {
        return probeCount;
    }

    /** Packets that may leave against window and pacing, because a probe time-out fired. */
    int probesDue() {
        return probesDue;
    }

    void onSent(long now, SentPacket packet, Path path) {
        packet.path = path;
        if (packet.inFlight) {
            path.delivery.onSent(now, packet, path.inFlight);
            path.inFlight += packet.bytes;
            path.congestion.onPacketSent(now, packet, path.inFlight);
        } else {
            packet.sentAt = now;
        }
        if (packet.ackEliciting) {
            elicitingOutstanding++;
            lastElicitingSentAt = now;
            if (probesDue > 0) {
                probesDue--;
            }
        }
    }

    /** Takes an acknowledgement in. */
    void onAck(long now, AckFrame ack, Path current) {
        if (ack.largest() >= packets.next()) {
            throw new ProtocolViolation(ErrorCode.VIOLATION, "an acknowledgement of what was never sent");
        }
        largestAcked = Math.max(largestAcked, ack.largest());
        SentPacket newest = null;
        long newestSentAt = 0;
        boolean eliciting = false;
        boolean any = false;
        for (int i = 0; i < ack.count(); i++) {
            long limit = ack.high(i) + 1;
            long from = acked.nextMissing(Math.max(ack.low(i), packets.base()));
            while (from < limit) {
                long to = acked.nextMember(from, limit);
                for (long number = from; number < to; number++) {
                    SentPacket packet = packets.get(number);
                    if (number == ack.largest()) {
                        newest = packet;
                        newestSentAt = packet.sentAt;
                    }
                    eliciting |= packet.ackEliciting;
                    any = true;
                }
                for (long number = to - 1; number >= from; number--) {
                    acknowledge(now, packets.get(number));
                }
                from = acked.nextMissing(to);
            }
            acked.add(Math.max(ack.low(i), packets.base()), limit);
        }
        if (!any) {
            return;
        }
        probeCount = eliciting ? 0 : probeCount;
        Path path = newest == null ? null : newest.path;
        long latest = 0;
        if (path != null && eliciting) {
            // where packets overtake others, the newest is one of those, and comes back in a fraction of the usual time
            long typical = packetThreshold > PACKET_THRESHOLD ? path.delivery.typicalSentAt() : 0;
            latest = now - (typical > 0 ? typical : newestSentAt);
            path.rtt.onSample(latest, Math.min(ack.delayMicros() * 1000, peerAckDelay));
        }
        detect(now);
        sample(now, path, latest, current);
        finish(now, current);
    }

    private void acknowledge(long now, SentPacket packet) {
        if (packet.state == SentPacket.State.NOT_SENT) {
            throw new ProtocolViolation(ErrorCode.VIOLATION, "an acknowledgement of what was never sent");
        }
        Path path = packet.path;
        if (path == null || packet.state == SentPacket.State.ACKED) {
            return;
        }
        path.largestAcked = Math.max(path.largestAcked, packet.packetNumber);
        boolean wasLost = packet.state == SentPacket.State.LOST;
        if (wasLost) {
            onLate(now, packet, path);
        } else {
            if (packet.inFlight) {
                path.inFlight -= packet.bytes;
            }
            if (packet.ackEliciting) {
                elicitingOutstanding--;
            }
        }
        if (packet.inFlight) {
            path.touched = true;
            path.delivery.onAcked(now, packet);
            if (path.mtu.onAcked(packet.packetNumber, packet.bytes)) {
                path.onMtu();
            }
        }
        packet.state = SentPacket.State.ACKED;
        sink.onPacketAcked(now, packet, wasLost);
    }

    /** A packet that was taken for lost had only been late: such links get more patience. */
    private void onLate(long now, SentPacket packet, Path path) {
        if (packet.mtuProbe || packet.early) {
            return;
        }
        long distance = Math.max(path.largestAcked, largestAcked) - packet.packetNumber;
        packetThreshold = Math.clamp(distance + distance / 4 + 1, packetThreshold, MAX_PACKET_THRESHOLD);
        lateAt = now;
        if (packet.inFlight) {
            path.congestion.onSpuriousLoss(now, packet);
        }
    }

    private long lossDelay(Path path) {
        RttEstimator rtt = path.rtt;
        long base = Math.max(rtt.smoothed(), rtt.latest());
        long late = path.delivery.overtaken() * 5 / 4;
        return Math.max(base + Math.clamp(late, base / 8, Math.max(3 * base, MAX_PATIENCE)), RttEstimator.GRANULARITY);
    }

    /** Takes packets for lost that are behind others for too long or by too many; sets the time when the next will be. */
    private void detect(long now) {
        lossTime = NEVER;
        long lowest = -1;
        long number = Math.max(lowestOutstanding, packets.base());
        long runStart = -1;
        long runEnd = -1;
        Path lastPath = null;
        long delay = 0;
        for (; number < largestAcked; number++) {
            SentPacket packet = packets.get(number);
            if (packet.state != SentPacket.State.OUTSTANDING) {
                if (packet.state == SentPacket.State.ACKED) {
                    runStart = -1;
                }
                continue;
            }
            Path path = packet.path;
            if (path == null) {
                continue;
            }
            if (path != lastPath) {
                lastPath = path;
                delay = lossDelay(path);
            }
            boolean overtaken = path.largestAcked - number >= packetThreshold;
            if (overtaken || packet.sentAt + delay <= now) {
                if (packet.ackEliciting) {
                    runStart = runStart < 0 ? packet.sentAt : runStart;
                    runEnd = packet.sentAt;
                }
                lose(now, packet, path, overtaken
                        ? ConnectionObserver.LossTrigger.REORDERING_THRESHOLD
                        : ConnectionObserver.LossTrigger.TIME_THRESHOLD);
                if (runStart >= 0 && path.rtt.hasSample()
                        && runEnd - runStart > PERSISTENT * path.rtt.probeTimeout(peerAckDelay) && runStart > 0) {
                    path.congestion.onPersistentCongestion(now);
                    path.rtt.forgetMin();
                    runStart = -1;
                }
            } else {
                lowest = lowest < 0 ? number : lowest;
                lossTime = Math.min(lossTime, packet.sentAt + delay);
            }
        }
        lowestOutstanding = lowest < 0 ? Math.max(number, lowestOutstanding) : lowest;
    }

    private void lose(long now, SentPacket packet, Path path, ConnectionObserver.LossTrigger trigger) {
        packet.state = SentPacket.State.LOST;
        packet.lostAt = now;
        if (packet.ackEliciting) {
            elicitingOutstanding--;
        }
        if (packet.inFlight) {
            path.inFlight -= packet.bytes;
            if (packet.mtuProbe) {
                path.mtu.onProbeLost(packet.bytes);
            } else {
                path.touched = true;
                path.delivery.onLost(packet);
                path.congestion.onLoss(now, packet, path.inFlight);
                if (path.mtu.onLost(now, packet.packetNumber, packet.bytes)) {
                    path.onMtu();
                }
            }
        }
        sink.onPacketLost(now, packet, trigger);
    }

    private void sample(long now, @Nullable Path newest, long latest, Path current) {
        if (newest != null && newest.touched) {
            newest.touched = false;
            sample(newest, newest.delivery.sample(now, latest, newest.rtt, newest.inFlight));
            newest.setPacing(now);
        }
        if (current.touched) {
            current.touched = false;
            sample(current, current.delivery.sample(now, 0, current.rtt, current.inFlight));
            current.setPacing(now);
        }
    }

    private void sample(Path path, AckSample sample) {
        if (sample.deliveryRate() > 0) {
            deliveryRate = sample.deliveryRate();
        }
        path.congestion.onAck(sample);
    }

    /** Bytes per second, as last measured; 0 before. */
    long deliveryRate() {
        return deliveryRate;
    }

    private void finish(long now, Path current) {
        if (packetThreshold > PACKET_THRESHOLD && now - lateAt > CALM + CALM_ROUND_TRIPS * current.rtt.smoothed()) {
            packetThreshold = PACKET_THRESHOLD;
        }
        packets.trim(now - 2 * current.rtt.probeTimeout(peerAckDelay));
        acked.removeBelow(packets.base());
    }

    /** When {@link #onTimeout} is due. */
    long timer(Path current) {
        if (lossTime != NEVER) {
            return lossTime;
        }
        return elicitingOutstanding == 0 || probesDue > 0 ? NEVER : lastElicitingSentAt + probeInterval(current);
    }

    /** Backs off up to half a second: bytes shall flow again soon after a path is back. */
    private long probeInterval(Path current) {
        long interval = current.rtt.probeTimeout(peerAckDelay);
        long backedOff = interval << Math.min(probeCount, MAX_BACKOFF);
        return Math.min(backedOff, Math.max(interval, MAX_PROBE_INTERVAL));
    }

    /** Returns whether a probe time-out fired. */
    boolean onTimeout(long now, Path current) {
        if (lossTime != NEVER) {
            if (now >= lossTime) {
                detect(now);
                sample(now, null, 0, current);
            }
            return false;
        }
        if (now < timer(current)) {
            return false;
        }
        probeCount++;
        probesDue = probeCount == 1 ? 1 : 2;
        SentPacket oldest = oldestOutstanding();
        if (oldest != null && probeCount > 1 && !oldest.mtuProbe && oldest.path == current
                && current.mtu.onLost(now, oldest.packetNumber, oldest.bytes)) {
            current.onMtu();
        }
        return true;
    }

    /** The first packet that asks for an acknowledgement and has none, for a probe to carry once more; marks it as used for that. */
    @Nullable
    SentPacket nextToProbe() {
        for (long number = Math.max(lowestOutstanding, packets.base()); number < packets.next(); number++) {
            SentPacket packet = packets.get(number);
            if (packet.state == SentPacket.State.OUTSTANDING && packet.ackEliciting && !packet.probed && packet.items() > 0) {
                packet.probed = true;
                return packet;
            }
        }
        return null;
    }

    private @Nullable SentPacket oldestOutstanding() {
        for (long number = Math.max(lowestOutstanding, packets.base()); number < packets.next(); number++) {
            SentPacket packet = packets.get(number);
            if (packet.state == SentPacket.State.OUTSTANDING && packet.ackEliciting) {
                return packet;
            }
        }
        return null;
    }

    /**
     * Everything sent with the keys of the first flight is as if it had not been: the server did not take it, and breaks the protocol if
     * it acknowledges it.
     */
    void discardEarly() {
        for (long number = packets.base(); number < packets.next(); number++) {
            SentPacket packet = packets.get(number);
            Path path = packet.path;
            if (packet.early && packet.state == SentPacket.State.OUTSTANDING && path != null) {
                packet.state = SentPacket.State.NOT_SENT;
                path.inFlight -= packet.inFlight ? packet.bytes : 0;
                elicitingOutstanding -= packet.ackEliciting ? 1 : 0;
                sink.onPacketRefused(packet);
            }
        }
    }

    /** The path in use is another one now. */
    void onPathChange() {
        probeCount = 0;
        probesDue = 0;
    }
}
