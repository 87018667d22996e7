package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.wire.ByteWriter;
import dev.sluice.rudp.protocol.wire.ErrorCode;
import dev.sluice.rudp.protocol.wire.FrameType;
import dev.sluice.rudp.protocol.wire.ProtocolViolation;

/**
 * The IDs of streams: which were given, by whom, and how many streams each end may open (RFC 9000 §4.6). An ID is twice the stream's index,
 * plus one where the server opened it; IDs are given in order, so a number for each end says which are. Its owner's thread only.
 */
final class StreamIds {
    static final long NONE = -1;

    private final int localBit;
    /** The peer may have so many streams open that are its own. */
    private final int concurrent;

    private long nextLocal;
    private long maxLocal;
    private boolean openRefused;

    private long nextRemote;
    private long maxRemote;
    private long closedRemote;
    private boolean maxStreamsDue;

    StreamIds(boolean client, int concurrent) {
        localBit = client ? 0 : 1;
        this.concurrent = concurrent;
        maxRemote = concurrent;
    }

    // ---- ours

    /** The ID of a new stream, or {@link #NONE} where the peer allows no more now. */
    long open() {
        if (nextLocal >= maxLocal) {
            openRefused = true;
            return NONE;
        }
        return (nextLocal++ << 1) | localBit;
    }

    /** Whether {@link #open} failed and would not now. */
    boolean takeAvailable() {
        boolean available = openRefused && nextLocal < maxLocal;
        openRefused &= !available;
        return available;
    }

    void onMaxStreams(long max) {
        maxLocal = Math.max(maxLocal, max);
    }

    // ---- the peer's

    /** A frame came for a stream that does not exist; it was there before, or the peer opens it by this and is allowed to. */
    void check(long id) {
        long index = id >> 1;
        if (isLocal(id)) {
            if (index >= nextLocal) {
                throw new ProtocolViolation(ErrorCode.STREAM_STATE, "a frame for a stream that was not opened");
            }
        } else if (index >= maxRemote) {
            throw new ProtocolViolation(ErrorCode.STREAM_LIMIT, "more streams than allowed");
        }
    }

    /** The next stream that the peer opens by a frame for this one, which opens all before it too; {@link #NONE} for no more. */
    long nextOpened(long id) {
        if (isLocal(id) || nextRemote > id >> 1) {
            return NONE;
        }
        return (nextRemote++ << 1) | (id & 1);
    }

    /** A stream is over: for one of the peer's it may open another. */
    void onClosed(long id) {
        if (!isLocal(id)) {
            closedRemote++;
            maxStreamsDue |= closedRemote + concurrent - maxRemote >= Math.max(1, concurrent / 4);
        }
    }

    boolean hasFrames() {
        return maxStreamsDue;
    }

    /** Writes how many streams the peer may open, where that is due and fits. */
    void write(ByteWriter out, SentPacket packet) {
        if (maxStreamsDue && out.room() >= 9) {
            maxStreamsDue = false;
            maxRemote = closedRemote + concurrent;
            out.varInt(FrameType.MAX_STREAMS);
            out.varInt(maxRemote);
            packet.add(SentPacket.MAX_STREAMS, null, 0, 0);
            packet.ackEliciting = true;
        }
    }

    void onLost() {
        maxStreamsDue = true;
    }

    private boolean isLocal(long id) {
        return (id & 1) == localBit;
    }
}
