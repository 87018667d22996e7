package dev.sluice.rudp.simulator;

import dev.sluice.rudp.protocol.congestion.AckSample;
import dev.sluice.rudp.protocol.congestion.CongestionControl;
import dev.sluice.rudp.protocol.congestion.Transmission;

/** The simplest controller that works: doubles, halves on loss once a round trip, never below four datagrams. For tests of the core. */
final class SlowStartOnly implements CongestionControl {
    private int datagram;
    private long window;
    private long threshold = Long.MAX_VALUE;
    private long recoveryStart = -1;
    private long rtt = 333_000_000;
    /** Packets that arrived with a mark of congestion. */
    long marked;

    SlowStartOnly(int datagram) {
        this.datagram = datagram;
        window = 10L * datagram;
    }

    @Override
    public String name() {
        return "test";
    }

    @Override
    public void onPacketSent(long now, Transmission packet, long bytesInFlight) {}

    @Override
    public void onAck(AckSample sample) {
        rtt = Math.max(sample.smoothedRtt(), 100_000);
        if (!sample.appLimited()) {
            window += window < threshold ? sample.ackedBytes() : sample.ackedBytes() * datagram / window;
        }
    }

    @Override
    public void onLoss(long now, Transmission packet, long bytesInFlight) {
        if (packet.sentAt > recoveryStart) {
            recoveryStart = now;
            window = Math.max(4L * datagram, window * 7 / 10);
            threshold = window;
        }
    }

    @Override
    public void onSpuriousLoss(long now, Transmission packet) {}

    @Override
    public void onEcnCe(long now, long sentAt, long packets) {
        marked += packets;
    }

    @Override
    public void onPersistentCongestion(long now) {
        window = 4L * datagram;
    }

    @Override
    public void onMaxDatagramSize(int bytes) {
        datagram = bytes;
    }

    @Override
    public long window() {
        return window;
    }

    @Override
    public long pacingRate() {
        return Math.max(1, (long) (1.25 * window * 1e9 / rtt));
    }

    @Override
    public boolean inSlowStart() {
        return window < threshold;
    }
}
