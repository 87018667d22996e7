package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.crypto.ReplayWindow;
import dev.sluice.rudp.protocol.wire.ConnectionId;
import dev.sluice.rudp.protocol.wire.FrameParser;
import dev.sluice.rudp.protocol.wire.LongHeader;
import dev.sluice.rudp.protocol.wire.ShortHeader;
import dev.sluice.rudp.protocol.wire.TransportParameters;
import dev.sluice.rudp.protocol.wire.Versions;
import org.jspecify.annotations.Nullable;

/**
 * The receiving side of a connection: takes datagrams apart, opens packets, and passes their frames on. What is not genuine, not new or
 * not for this connection is counted and changes nothing.
 */
final class PacketReceiver {
    private final Connection c;
    private final ReplayWindow replay = new ReplayWindow();
    private final FrameParser parser = new FrameParser();
    private final LongHeader header = new LongHeader();
    private final ReceivedFrames frames;
    private final StreamMemory memory;
    private byte[] payload = {};
    /** The ID of ours that the peer uses on the path in use: another one on a new path asks for another one of its own. */
    private ConnectionId lastLocalId = new ConnectionId(0, 0);
    private long largestForPath = -1;

    PacketReceiver(Connection connection, StreamMemory memory) {
        c = connection;
        this.memory = memory;
        frames = new ReceivedFrames(connection);
    }

    /** Room for what a datagram of this size holds. */
    void reserve(int length) {
        payload = memory.opened(length);
    }

    /** The packets of a datagram. {@code from}: its path where that is known. */
    void packets(long now, NetworkPath address, @Nullable Path from, int ecn, byte[] datagram, int offset, int length) {
        int at = offset;
        int end = offset + length;
        while (at < end && c.state != Connection.State.TERMINATED) {
            byte first = datagram[at];
            if (ShortHeader.isShort(first)) {
                onShort(now, address, from, ecn, datagram, at, end - at, length);
                return;
            }
            if (!LongHeader.isLong(first)) {
                return; // what fills a datagram up
            }
            if (!header.parse(datagram, at, end - at)) {
                drop(now, end - at, "malformed");
                return;
            }
            onLong(now, address, from, ecn, datagram, at, at == offset ? length : 0);
            from = c.paths.find(address);
            at = header.end();
        }
    }

    private void onLong(long now, NetworkPath address, @Nullable Path known, int ecn, byte[] datagram, int at,
            int datagramLength) {
        if (!isOurs(datagram)) {
            drop(now, header.contentLength(), "wrong connection ID");
            return;
        }
        boolean handshakes = header.type() == LongHeader.INITIAL || header.type() == LongHeader.HANDSHAKE;
        if (known == null && (c.state != Connection.State.HANDSHAKE || !handshakes)) {
            drop(now, header.contentLength(), "unknown path");
            return;
        }
        if (!Versions.supported(header.version())) {
            onVersions(now, datagram);
            return;
        }
        switch (header.type()) {
            case LongHeader.INITIAL -> {
                if (!c.client) {
                    received(now, at);
                    onRepeated(path(address, known), datagramLength);
                }
                return;
            }
            case LongHeader.EARLY -> {
                onEarly(now, path(address, known), ecn, datagram, at, datagramLength);
                return;
            }
            case LongHeader.RETRY -> {
                boolean echoed = header.sourceLength() == ConnectionId.LENGTH
                        && ConnectionId.read(datagram, header.sourceOffset()).equals(c.originalId);
                if (c.client && echoed && c.handshake.onRetry(datagram, header.contentOffset(), header.contentLength())) {
                    received(now, at);
                    c.observer.stateChanged(now, "retry", "");
                }
                return;
            }
            default ->
                onHandshakeMessage(now, address, known, datagram, at, datagramLength);
        }
    }

    private void received(long now, int at) {
        c.observer.packetReceived(now, PacketType.ofLong(header.type()), ConnectionObserver.NO_NUMBER, header.end() - at);
    }

    private Path path(NetworkPath address, @Nullable Path known) {
        return known == null ? c.paths.add(address, false) : known;
    }

    /**
     * The first packet came again, maybe from elsewhere, because the client's address has changed or because somebody copies it. Nothing
     * in it is proven: it is answered where it came from, and everything else stays as it is.
     */
    private void onRepeated(Path from, int datagramLength) {
        from.received += datagramLength;
        if (from == c.paths.current()) {
            c.handshake.onRepeated();
        } else {
            from.answerDue = c.handshake.answers();
        }
    }

    private boolean isOurs(byte[] datagram) {
        if (header.destinationLength() != ConnectionId.LENGTH) {
            return false;
        }
        ConnectionId destination = ConnectionId.read(datagram, header.destinationOffset());
        return destination.equals(c.localIds.first()) || (!c.client && destination.equals(c.originalId));
    }

    private void onVersions(long now, byte[] datagram) {
        if (c.client && c.state == Connection.State.HANDSHAKE && c.handshake.state() == HandshakeFlow.State.FIRST
                && header.version() == Versions.NEGOTIATION && header.sourceLength() == ConnectionId.LENGTH
                && ConnectionId.read(datagram, header.sourceOffset()).equals(c.originalId)
                && !Versions.lists(datagram, header.contentOffset(), header.contentLength(), Versions.V1)) {
            c.end(now, new CloseCause(CloseCause.Kind.VERSION, 0, "the server speaks other versions"), false, false);
        }
    }

    private void onHandshakeMessage(long now, NetworkPath address, @Nullable Path known, byte[] datagram, int at,
            int datagramLength) {
        if (!c.handshake.onMessage(datagram, header.contentOffset(), header.contentLength(), c.hello)) {
            if (c.handshake.session().pinMismatch()) {
                c.end(now, new CloseCause(CloseCause.Kind.PIN_MISMATCH, 0, "the server has another key than before"), false,
                        false);
            } else {
                drop(now, header.contentLength(), "handshake");
            }
            return;
        }
        received(now, at);
        Path from = path(address, known);
        from.received += datagramLength;
        c.liveness.onReceived(now);
        if (c.client) {
            long roundTrip = c.handshake.roundTrip(now);
            if (roundTrip > 0) {
                from.rtt.onSample(roundTrip, 0);
                from.congestion.onHandshakeRtt(roundTrip);
                from.setPacing(now);
            }
        }
        onHandshakeProgress(now);
    }

    /** Takes over what the handshake has brought so far. */
    void onHandshakeProgress(long now) {
        Hello said = c.handshake.peer();
        if (said != null && c.peer == null) {
            onParameters(said.parameters());
        }
        if (c.handshake.state() == HandshakeFlow.State.FIRST || c.keys != null) {
            return;
        }
        c.keys = c.handshake.session().keys();
        c.assembler.keys(c.keys);
        if (c.client) {
            c.earlyAccepted = c.hello.early() && said != null && said.early();
            if (c.hello.early() && !c.earlyAccepted) {
                c.recovery.discardEarly();
                c.streams.restart();
            }
            c.assembler.pingDue = true;
            if (c.provenByMessage) {
                c.established(now);
            }
        }
    }

    private void onParameters(TransportParameters said) {
        c.peer = said;
        c.paths.remoteId(said.sourceId()); // not the one of the header, which nothing proves
        c.remoteIds.first(said.sourceId(), said.resetToken());
        c.streams.onPeerLimits(said.maxData(), said.maxStreamData(), said.maxStreams());
        c.recovery.peerAckDelay(said.maxAckDelayMicros() * 1000);
        c.paths.maxPacket(said.maxPacket());
        if (c.config.fec && said.fec()) {
            c.repair = new Repair(ConnectionConfig.MAX_PACKET);
            c.assembler.repair(c.repair);
        }
        c.liveness.onPeerIdleTimeout(said.maxIdleMillis());
    }

    private void onEarly(long now, Path from, int ecn, byte[] datagram, int at, int datagramLength) {
        PacketKeys opening = c.earlyKeys;
        if (c.client || opening == null || c.state == Connection.State.CLOSING || c.state == Connection.State.DRAINING) {
            drop(now, header.contentLength(), "early data not wanted");
            return;
        }
        from.received += datagramLength;
        int length = header.end() - at;
        long number = opening.open(now, datagram, at, length, header.contentOffset() - at, replay.largest(), payload, 0);
        if (number == PacketKeys.NOT_AUTHENTIC) {
            drop(now, length, "not authentic");
        } else if (replay.contains(number)) {
            drop(now, length, "duplicate");
        } else {
            onPacket(now, from, ecn, number, opening.payloadLength(), length, true);
        }
    }

    private void onShort(long now, NetworkPath address, @Nullable Path known, int ecn, byte[] datagram, int at, int length,
            int datagramLength) {
        PacketKeys opening = c.keys;
        if (opening == null || length < ShortHeader.MIN_PACKET - 3) {
            drop(now, length, "no keys yet");
            return;
        }
        long number = opening.open(now, datagram, at, length, ShortHeader.FIXED_LENGTH, replay.largest(), payload, 0);
        if (number == PacketKeys.NOT_AUTHENTIC) {
            if (!c.onStatelessReset(now, datagram, at, length)) {
                drop(now, length, "not authentic");
            }
            return;
        }
        if (replay.contains(number)) {
            drop(now, length, "duplicate");
            return;
        }
        Path from = known;
        if (from == null) {
            boolean freshId = !ConnectionId.read(datagram, at + 1).equals(lastLocalId);
            from = c.paths.add(address, freshId);
        }
        if (from == c.paths.current() && ConnectionId.randomAt(datagram, at + 1) != lastLocalId.random()) {
            lastLocalId = ConnectionId.read(datagram, at + 1);
        }
        from.received += from.validated ? 0 : datagramLength;
        if (c.handshake.state() == HandshakeFlow.State.KEYS) {
            confirm(now, from);
        }
        onPacket(now, from, ecn, number, opening.payloadLength(), length, false);
    }

    /** The first packet under the connection's keys: the peer has them, and our answer was what it has them from. */
    private void confirm(long now, Path from) {
        boolean moved = false;
        if (!c.client) {
            long roundTrip = c.handshake.roundTrip(now);
            if (roundTrip > 0) {
                from.rtt.onSample(roundTrip, 0);
                from.congestion.onHandshakeRtt(roundTrip);
                from.setPacing(now);
            }
            moved = c.paths.confirm(now, from);
            c.assembler.handshakeDoneDue = true;
            c.localIds.leave(c.originalId, now + c.grace());
        }
        c.handshake.onConfirmed();
        c.established(now);
        if (moved) {
            c.followed(now, from);
        }
    }

    private void onPacket(long now, Path from, int ecn, long number, int length, int bytes, boolean early) {
        replay.add(number);
        c.counters.packetsReceived++;
        c.observer.packetReceived(now, PacketType.of(early), number, bytes);
        c.liveness.onReceived(now);
        if (c.state == Connection.State.DRAINING) {
            return;
        }
        if (c.state == Connection.State.CLOSING) {
            c.answerClosing();
        }
        Repair repairing = c.repair;
        if (repairing != null && !early) {
            repairing.onSource(number, payload, 0, length);
        }
        frames.now = now;
        frames.from = from;
        int seen = parser.parse(payload, 0, length, frames);
        if (c.state == Connection.State.CLOSING || c.state == Connection.State.DRAINING
                || c.state == Connection.State.TERMINATED) {
            return;
        }
        boolean eliciting = (seen & FrameParser.ACK_ELICITING) != 0;
        c.acks.onPacket(now, number, eliciting, ecn);
        takeRepaired(now, from);
        if (eliciting) {
            c.liveness.onEliciting(now, c.recovery.somethingOutstanding(), c.paths.current().rtt.smoothed());
        }
        if ((seen & FrameParser.NON_PROBING) != 0 && number > largestForPath) {
            largestForPath = number;
            if (!early && !c.client && c.paths.onPeerAt(now, from, c.probeTimeout())) {
                c.followed(now, from);
            }
        }
    }

    /** Packets that error correction made again count as received now. */
    private void takeRepaired(long now, Path from) {
        Repair repairing = c.repair;
        if (repairing == null) {
            return;
        }
        for (Repair.Repaired one = repairing.poll(); one != null && !c.over(); one = repairing.poll()) {
            if (!replay.contains(one.number()) && one.payload().length > 0) {
                replay.add(one.number());
                c.counters.fecRepaired++;
                frames.now = now;
                frames.from = from;
                int seen = parser.parse(one.payload(), 0, one.payload().length, frames);
                c.acks.onPacket(now, one.number(), (seen & FrameParser.ACK_ELICITING) != 0, 0);
                c.assembler.repairedToTell = repairing.count();
            }
        }
    }

    private void drop(long now, int length, String why) {
        c.counters.packetsDropped++;
        c.observer.packetDropped(now, length, why);
    }
}
