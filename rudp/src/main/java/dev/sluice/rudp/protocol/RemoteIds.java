package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.crypto.ResetToken;
import dev.sluice.rudp.protocol.wire.ByteWriter;
import dev.sluice.rudp.protocol.wire.ConnectionId;
import dev.sluice.rudp.protocol.wire.ErrorCode;
import dev.sluice.rudp.protocol.wire.FrameType;
import dev.sluice.rudp.protocol.wire.ProtocolViolation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The connection IDs that the peer gave us: one is in use on each path, the others wait for the next path. */
final class RemoteIds {
    /** How many we keep. */
    static final int LIMIT = 4;

    private static final int MAX_RETIRING = 32;

    private static final class Known {
        final long sequence;
        final ConnectionId id;
        byte @Nullable [] token;
        boolean used;

        Known(long sequence, ConnectionId id, byte @Nullable [] token) {
            this.sequence = sequence;
            this.id = id;
            this.token = token;
        }
    }

    private final List<Known> known = new ArrayList<>();
    private final ArrayDeque<Long> toRetire = new ArrayDeque<>();
    private final LongRanges seen = new LongRanges();
    private long retiredBelow;

    /** The ID of the handshake. */
    void first(ConnectionId id, byte @Nullable [] token) {
        known.clear();
        Known first = new Known(0, id, token);
        first.used = true;
        known.add(first);
        seen.add(0, 1);
    }

    /** An ID that was not used on any path yet, now used; null where the peer gave no more. */
    @Nullable
    ConnectionId take() {
        for (Known one : known) {
            if (!one.used) {
                one.used = true;
                return one.id;
            }
        }
        return null;
    }

    /** The path that used it is left. */
    void retire(ConnectionId id) {
        if (known.size() > 1) {
            known.removeIf(one -> one.id.equals(id) && toRetire.add(one.sequence));
        }
    }

    /** Another ID. Returns whether IDs in use must be replaced: {@link #isKnown} tells which. */
    boolean onNew(long sequence, long retirePriorTo, ConnectionId id, byte[] token) {
        for (Known one : known) {
            if (one.sequence == sequence) {
                if (!one.id.equals(id)) {
                    throw new ProtocolViolation(ErrorCode.CONNECTION_ID, "one sequence number for two connection IDs");
                }
                return false;
            }
        }
        if (seen.nextMissing(sequence) != sequence) {
            return false; // it came once more, and has been retired since
        }
        seen.add(sequence, sequence + 1);
        boolean replaced = false;
        if (retirePriorTo > retiredBelow) {
            retiredBelow = retirePriorTo;
            replaced = known.removeIf(one -> one.sequence < retirePriorTo && toRetire.add(one.sequence));
        }
        if (sequence < retiredBelow) {
            toRetire.add(sequence);
        } else {
            known.add(new Known(sequence, id, token));
        }
        if (known.size() > LIMIT || toRetire.size() > MAX_RETIRING || seen.count() > MAX_RETIRING) {
            throw new ProtocolViolation(ErrorCode.CONNECTION_ID, "more connection IDs than allowed");
        }
        return replaced;
    }

    boolean isKnown(ConnectionId id) {
        for (Known one : known) {
            if (one.id.equals(id)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a datagram that is no genuine packet is a stateless reset of one of these. */
    boolean isReset(byte[] datagram, int offset, int length) {
        boolean reset = false;
        for (Known one : known) {
            byte[] token = one.token;
            reset |= token != null && ResetToken.endsWith(datagram, offset, length, token);
        }
        return reset;
    }

    boolean hasFrames() {
        return !toRetire.isEmpty();
    }

    void write(ByteWriter out, SentPacket packet) {
        while (!toRetire.isEmpty() && out.room() >= 10) {
            long sequence = toRetire.remove();
            out.varInt(FrameType.RETIRE_CONNECTION_ID);
            out.varInt(sequence);
            packet.add(SentPacket.RETIRE_CONNECTION_ID, null, sequence, 0);
            packet.ackEliciting = true;
        }
    }

    void onLost(long sequence) {
        toRetire.add(sequence);
    }
}
