package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.wire.ByteWriter;
import dev.sluice.rudp.protocol.wire.ConnectionId;
import dev.sluice.rudp.protocol.wire.ErrorCode;
import dev.sluice.rudp.protocol.wire.FrameType;
import dev.sluice.rudp.protocol.wire.ProtocolViolation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** The connection IDs that this end gave out: the peer always has some to spare, and one that it retires lives on for late packets. */
final class LocalIds {
    static final long NEVER = Long.MAX_VALUE;

    private record Issued(long sequence, ConnectionId id) {}

    private record Leaving(ConnectionId id, long at) {}

    private final ConnectionIds ids;
    private final List<Issued> active = new ArrayList<>();
    private final ArrayDeque<Leaving> leaving = new ArrayDeque<>();
    private final ArrayDeque<Long> toSend = new ArrayDeque<>();
    private long nextSequence;

    LocalIds(ConnectionIds ids, ConnectionId first) {
        this.ids = ids;
        active.add(new Issued(nextSequence++, first));
    }

    ConnectionId first() {
        return active.getFirst().id();
    }

    /** Gives out as many as the peer keeps. */
    void fill(Connection connection, int limit) {
        while (active.size() < limit) {
            toSend.add(nextSequence);
            active.add(new Issued(nextSequence++, ids.issue(connection)));
        }
    }

    void onRetire(Connection connection, long now, long sequence, long grace, int limit) {
        if (sequence >= nextSequence) {
            throw new ProtocolViolation(ErrorCode.CONNECTION_ID, "a connection ID was retired that was never given");
        }
        for (Issued issued : active) {
            if (issued.sequence() == sequence) {
                active.remove(issued);
                leaving.add(new Leaving(issued.id(), now + grace));
                fill(connection, limit);
                return;
            }
        }
    }

    boolean hasFrames() {
        return !toSend.isEmpty();
    }

    void write(ByteWriter out, SentPacket packet) {
        while (!toSend.isEmpty() && out.room() >= 45) {
            long sequence = toSend.remove();
            for (Issued issued : active) {
                if (issued.sequence() == sequence) {
                    byte[] token = ids.resetToken(issued.id());
                    out.varInt(FrameType.NEW_CONNECTION_ID);
                    out.varInt(sequence);
                    out.varInt(0);
                    out.u8(ConnectionId.LENGTH);
                    out.bytes(issued.id().bytes(), 0, ConnectionId.LENGTH);
                    out.bytes(token, 0, token.length);
                    packet.add(SentPacket.NEW_CONNECTION_ID, null, sequence, 0);
                    packet.ackEliciting = true;
                }
            }
        }
    }

    void onLost(long sequence) {
        toSend.add(sequence);
    }

    /** Keeps an ID of another kind for a while: the one that a client chose for its first packets. */
    void leave(ConnectionId id, long at) {
        leaving.add(new Leaving(id, at));
    }

    long timer() {
        Leaving first = leaving.peek();
        return first == null ? NEVER : first.at();
    }

    void onTimeout(long now) {
        while (!leaving.isEmpty() && leaving.element().at() <= now) {
            ids.retire(leaving.remove().id());
        }
    }

    void free() {
        leaving.forEach(gone -> ids.retire(gone.id()));
        active.forEach(issued -> ids.retire(issued.id()));
        leaving.clear();
        active.clear();
        toSend.clear();
    }
}
