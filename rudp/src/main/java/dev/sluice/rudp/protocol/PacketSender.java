package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.wire.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The sending side of a connection: which packets leave now, on which path, under window, pacing and what an unproven address allows. In
 * this order: handshake messages, path challenges and probes of the MTU, probes after a time-out, data.
 */
final class PacketSender {
    private static final int MAX_REASON = 256;

    private final Connection c;

    PacketSender(Connection connection) {
        c = connection;
    }

    boolean pollHandshake(long now, DatagramBatch batch) {
        Path path = c.paths.current();
        if (!c.handshake.due() || path.allowance() < Paths.MAX_ANSWER) {
            path = c.paths.answerDue();
            if (path == null) {
                return false;
            }
            path.answerDue = false;
        }
        byte[] bytes = batch.bytes();
        int length = c.handshake.writePacket(now, bytes, 0, path.remoteId, c.localIds.first());
        c.observer.packetSent(now, c.handshake.messageType(), ConnectionObserver.NO_NUMBER, length, false);
        if (c.client) {
            int size = ConnectionConfig.MIN_PACKET;
            if (c.assembler.early() && c.assembler.hasKeys() && c.assembler.hasContent() && path.room() >= size
                    && size - length > 200) {
                length += c.assembler.write(now, path, bytes, length, size - length, PacketAssembler.Content.ALL);
            }
            Arrays.fill(bytes, length, size, (byte) 0);
            length = Math.max(length, size);
        }
        return emit(now, path, batch, length);
    }

    boolean pollPaths(long now, DatagramBatch batch) {
        Path path = c.paths.due();
        if (path != null) {
            int size = (int) Math.min(ConnectionConfig.MIN_PACKET, path.allowance());
            long interval = Math.max(path.rtt.hasSample() ? c.probeTimeout() : c.paths.current().rtt.probeTimeout(0),
                    50_000_000L);
            return emit(now, path, batch, c.assembler.writePathProbe(now, path, batch.bytes(), 0, size, interval));
        }
        Path current = c.paths.current();
        if (c.state == Connection.State.ESTABLISHED && c.handshake.state() == HandshakeFlow.State.CONFIRMED
                && current.validated) {
            int probe = current.mtu.probeSize(now);
            if (probe > 0 && current.room() >= probe && batch.bytes().length >= probe && c.recovery.probeCount() == 0) {
                return emit(now, current, batch, c.assembler.writeMtuProbe(now, current, batch.bytes(), 0, probe));
            }
        }
        return false;
    }

    boolean pollData(long now, DatagramBatch batch) {
        Path path = c.paths.current();
        int mtu = Math.min(c.recovery.probeCount() > 1 ? ConnectionConfig.MIN_PACKET : path.mtu.current(), batch.bytes().length);
        long allowed = path.allowance();
        if (c.recovery.probesDue() > 0) {
            return allowed >= mtu && pollProbe(now, path, batch, mtu);
        }
        byte[] bytes = batch.bytes();
        int budget = path.pacer.budget(now);
        c.wantsMore = false;
        if (c.assembler.repairPending()) {
            if (budget >= mtu && path.room() >= mtu && allowed >= mtu) {
                int symbol = c.assembler.writeRepair(now, path, bytes, 0, mtu);
                if (symbol > 0) {
                    return emit(now, path, batch, symbol);
                }
            }
            c.wantsMore = true;
        }
        mtu -= c.assembler.reserve();
        c.streams.onPacketSize(mtu);
        while (batch.segments < batch.maxSegments() && bytes.length - batch.length >= mtu && !c.packets.full()) {
            boolean mayData = budget - batch.length >= mtu && path.room() >= mtu && allowed - batch.length >= mtu;
            PacketAssembler.Content content = mayData ? PacketAssembler.Content.ALL : PacketAssembler.Content.ACK;
            int size = batch.segments == 0 ? mtu : batch.segmentSize;
            if (!mayData && allowed - batch.length < size) {
                break;
            }
            boolean data = mayData && c.assembler.hasContent();
            if (!data && !c.acks.due(now)) {
                c.wantsMore |= !mayData && c.assembler.hasContent();
                break;
            }
            int length = c.assembler.write(now, path, bytes, batch.length, size, data ? content : PacketAssembler.Content.ACK);
            if (length == 0) {
                break;
            }
            batch.add(length);
            if (length < batch.segmentSize || batch.segmentSize < mtu) {
                break;
            }
        }
        if (!c.assembler.hasContent() && path.room() > mtu && !c.wantsMore) {
            path.delivery.onAppLimited(path.inFlight);
            Repair repairing = c.repair;
            if (repairing != null) {
                repairing.flush();
                c.wantsMore |= repairing.pending() > 0;
            }
        }
        return leave(now, path, batch);
    }

    /** A probe goes out whatever window and pacing say: new data, or else the oldest that is not acknowledged, or else a PING. */
    private boolean pollProbe(long now, Path path, DatagramBatch batch, int mtu) {
        if (!c.assembler.hasContent()) {
            SentPacket oldest = c.recovery.nextToProbe();
            if (oldest != null) {
                c.carried.sendAgain(oldest);
            }
        }
        int length = c.assembler.write(now, path, batch.bytes(), 0, mtu, PacketAssembler.Content.PROBE);
        return emit(now, path, batch, length);
    }

    private boolean emit(long now, Path path, DatagramBatch batch, int length) {
        if (length == 0) {
            return false;
        }
        batch.add(length);
        return leave(now, path, batch);
    }

    private boolean leave(long now, Path path, DatagramBatch batch) {
        if (batch.length == 0) {
            return false;
        }
        batch.path = path.address;
        batch.ect = c.config.ecn && path.ecnCapable && c.keys != null;
        path.sent += batch.length;
        path.pacer.onSent(now, batch.length);
        if (c.recovery.somethingOutstanding() || c.state == Connection.State.HANDSHAKE) {
            c.liveness.onSent(now);
        }
        PacketKeys used = c.keys;
        if (used != null && used.exhausted()) {
            c.end(now, new CloseCause(CloseCause.Kind.EXHAUSTED, ErrorCode.KEY_LIMIT.wire(), "the keys are used up"), false,
                    false);
        }
        return true;
    }

    boolean pollClose(DatagramBatch batch) {
        c.closeDue = false;
        CloseCause why = c.cause;
        Path path = c.paths.current();
        if (why == null || c.keys == null || path.allowance() < Paths.MAX_ANSWER) {
            return false;
        }
        byte[] reason = why.reason().getBytes(StandardCharsets.UTF_8);
        int length = c.assembler.writeClose(path, batch.bytes(), 0, ConnectionConfig.MIN_PACKET, c.closeByApplication, why.code(),
                reason.length > MAX_REASON ? Arrays.copyOf(reason, MAX_REASON) : reason);
        batch.add(length);
        batch.path = path.address;
        path.sent += length;
        c.counters.bytesSent += length;
        return true;
    }
}
