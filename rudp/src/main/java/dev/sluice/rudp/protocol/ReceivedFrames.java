package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.wire.AckFrame;
import dev.sluice.rudp.protocol.wire.ConnectionId;
import dev.sluice.rudp.protocol.wire.ErrorCode;
import dev.sluice.rudp.protocol.wire.FrameHandler;
import dev.sluice.rudp.protocol.wire.ProtocolViolation;
import dev.sluice.rudp.protocol.wire.TransportParameters;

/** What the frames of a genuine packet do to a connection. {@link PacketReceiver} sets time and path before it parses. */
final class ReceivedFrames implements FrameHandler {
    private final Connection c;
    long now;
    Path from;

    ReceivedFrames(Connection connection) {
        c = connection;
        from = connection.paths.current();
    }

    private long rtt() {
        return c.paths.current().rtt.smoothed();
    }

    @Override
    public void onPing() {}

    @Override
    public void onAck(AckFrame ack) {
        Path path = c.paths.current();
        long sentAt = ack.largest() >= c.packets.base() && ack.largest() < c.packets.next()
                ? c.packets.get(ack.largest()).sentAt
                : now;
        c.recovery.onAck(now, ack, path);
        c.counters.deliveryRate = c.recovery.deliveryRate();
        if (ack.hasEcn() && ack.ce() > path.ceSeen) {
            path.congestion.onEcnCe(now, sentAt, ack.ce() - path.ceSeen);
            path.setPacing(now);
            path.ceSeen = ack.ce();
        } else if (!ack.hasEcn() && c.config.ecn && ack.largest() > 16) {
            path.ecnCapable = false;
        }
        PacketKeys used = c.keys;
        if (used != null) {
            used.keepOldKeysFor(c.grace());
        }
        tuneAcks(path);
        c.observer.metricsUpdated(now, path.rtt.min(), path.rtt.smoothed(), path.rtt.latest(), path.congestion.window(),
                path.inFlight, path.congestion.pacingRate());
    }

    /** Asks for an acknowledgement for every eighth of the window, so that a fast flow costs the peer little. */
    private void tuneAcks(Path path) {
        if (now - c.ackFrequencyAt < 4 * path.rtt.smoothed() || !path.rtt.hasSample()) {
            return;
        }
        c.ackFrequencyAt = now;
        int wish = Math.clamp(path.congestion.window() / path.mtu.current() / 8, 2, 16);
        if (wish >= 2 * c.ackThreshold || wish <= c.ackThreshold / 2) {
            c.ackThreshold = wish;
            c.assembler.ackFrequencyDue = wish;
            c.assembler.ackFrequencyDelay = Math.clamp(path.rtt.smoothed() / 4, 1_000_000L, c.recovery.peerAckDelay());
        }
    }

    @Override
    public void onResetStream(long stream, long code, long finalSize) {
        c.streams.onResetStream(now, stream, finalSize, rtt());
    }

    @Override
    public void onStopSending(long stream, long code) {
        c.streams.onStopSending(stream, code);
    }

    @Override
    public void onMaxData(long max) {
        c.streams.onMaxData(max);
    }

    @Override
    public void onMaxStreamData(long stream, long max) {
        c.streams.onMaxStreamData(stream, max);
    }

    @Override
    public void onMaxStreams(long max) {
        c.streams.onMaxStreams(max);
    }

    @Override
    public void onNewConnectionId(long sequence, long retirePriorTo, ConnectionId id, byte[] resetToken) {
        if (c.remoteIds.onNew(sequence, retirePriorTo, id, resetToken)) {
            c.paths.replaceIds();
        }
    }

    @Override
    public void onRetireConnectionId(long sequence) {
        TransportParameters said = c.peer;
        c.localIds.onRetire(c, now, sequence, c.grace(),
                said == null ? 2 : Math.min(said.activeIds(), RemoteIds.LIMIT));
    }

    @Override
    public void onPathChallenge(long data) {
        from.validation.onChallenge(data);
        if (!c.client && from != c.paths.current()) {
            c.paths.onProbed(now, from, c.probeTimeout());
        }
    }

    @Override
    public void onPathResponse(long data) {
        Path path = c.paths.onResponse(data);
        if (path == null) {
            return;
        }
        switch (c.paths.onValidated(now, path)) {
            case MIGRATED -> {
                c.recovery.onPathChange();
                c.counters.pathChanges++;
                c.assembler.pingDue = true;
                c.observer.stateChanged(now, "migrated", path.address.toString());
                c.events.add(new ConnectionEvent.Migrated(path.address));
            }
            case FOLLOWED ->
                c.followed(now, path);
            default -> {
            }
        }
    }

    @Override
    public void onClose(boolean application, long code, String reason) {
        if (c.state == Connection.State.CLOSING) {
            c.state = Connection.State.DRAINING;
            c.closeDue = false;
            return;
        }
        CloseCause.Kind kind = application ? CloseCause.Kind.PEER : CloseCause.Kind.PEER_TRANSPORT;
        c.end(now, new CloseCause(kind, code, reason), false, true);
    }

    @Override
    public void onHandshakeDone() {
        if (!c.client) {
            throw new ProtocolViolation(ErrorCode.VIOLATION, "a client speaks as a server");
        }
    }

    @Override
    public void onStream(long stream, long offset, byte[] bytes, int at, int length, boolean fin) {
        if (c.over()) {
            return; // only the peer's own close is of interest
        }
        c.streams.onStream(now, stream, offset, bytes, at, length, fin, rtt());
    }

    @Override
    public void onDatagram(byte[] bytes, int at, int length) {
        c.messages.onMessage(bytes, at, length);
    }

    @Override
    public void onAckFrequency(long sequence, long threshold, long maxDelayMicros, long reordering) {
        c.acks.onFrequency(sequence, threshold, Math.clamp(maxDelayMicros * 1000, 0, c.config.maxAckDelay), reordering);
    }

    @Override
    public void onImmediateAck() {
        c.acks.sendNow();
    }

    @Override
    public void onFecRepair(byte[] bytes, int at, int length) {
        Repair repairing = c.repair;
        if (repairing != null && !repairing.onSymbol(bytes, at, length)) {
            throw new ProtocolViolation(ErrorCode.FRAME_ENCODING, "a repair symbol that cannot be");
        }
    }

    @Override
    public void onFecRepaired(long total) {
        Repair repairing = c.repair;
        if (repairing != null) {
            repairing.onRepairedByPeer(total);
        }
    }
}
