package dev.sluice.rudp.protocol;

/** What becomes of what packets carried: acknowledged, it is done; lost, or to be probed with, it is put up for another packet. */
final class CarriedItems implements LossRecovery.Sink {
    private final Connection c;

    CarriedItems(Connection connection) {
        c = connection;
    }

    @Override
    public void onPacketAcked(long now, SentPacket packet, boolean wasLost) {
        if (wasLost) {
            c.counters.spuriousLosses++;
            c.observer.spuriousLoss(now, packet.packetNumber);
        }
        PacketKeys used = c.keys;
        if (used != null && !packet.early) {
            used.onAcked(packet.packetNumber);
        }
        Repair repairing = c.repair;
        if (repairing != null && packet.inFlight) {
            repairing.onFeedback(1, 0);
        }
        if (packet.largestAck >= 0) {
            c.acks.onAckAcked(packet.largestAck);
        }
        Path path = packet.path;
        if (packet.mtuProbe && path != null && path.mtu.onProbeAcked(packet.bytes)) {
            path.onMtu();
            c.observer.stateChanged(now, "mtu", Integer.toString(packet.bytes));
        }
        for (int i = 0; i < packet.items(); i++) {
            byte kind = packet.kind(i);
            if (kind <= SentPacket.STOP_SENDING) {
                c.streams.onAcked(kind, packet.stream(i), packet.offset(i), packet.length(i));
            }
        }
    }

    @Override
    public void onPacketLost(long now, SentPacket packet, ConnectionObserver.LossTrigger trigger) {
        if (packet.inFlight && !packet.mtuProbe) {
            c.counters.packetsLost++;
            c.observer.packetLost(now, PacketType.of(packet.early), packet.packetNumber, packet.bytes, trigger);
            Repair repairing = c.repair;
            if (repairing != null) {
                repairing.onFeedback(0, 1);
            }
        }
        sendAgain(packet);
    }

    @Override
    public void onPacketRefused(SentPacket packet) {
        sendAgain(packet);
    }

    /** Puts what a packet carried up for another one. */
    void sendAgain(SentPacket packet) {
        for (int i = 0; i < packet.items(); i++) {
            byte kind = packet.kind(i);
            switch (kind) {
                case SentPacket.DATA, SentPacket.DATA_FIN, SentPacket.MAX_STREAM_DATA, SentPacket.RESET_STREAM,
                        SentPacket.STOP_SENDING ->
                    c.streams.onLost(kind, packet.stream(i), packet.offset(i), packet.length(i));
                case SentPacket.NEW_CONNECTION_ID ->
                    c.localIds.onLost(packet.offset(i));
                case SentPacket.RETIRE_CONNECTION_ID ->
                    c.remoteIds.onLost(packet.offset(i));
                case SentPacket.MAX_DATA ->
                    c.streams.onMaxDataLost();
                case SentPacket.MAX_STREAMS ->
                    c.streams.onMaxStreamsLost();
                case SentPacket.HANDSHAKE_DONE ->
                    c.assembler.handshakeDoneDue = true;
                default ->
                    c.assembler.ackFrequencyDue = c.ackThreshold;
            }
        }
    }
}
