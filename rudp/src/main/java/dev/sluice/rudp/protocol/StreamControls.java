package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.wire.ByteWriter;
import dev.sluice.rudp.protocol.wire.FrameType;
import java.util.ArrayDeque;

/**
 * What the peer is to be told of single streams beside their data: that it may send more, that we give our output up, that we want no more
 * input. What is lost is told again unless it has become pointless meanwhile. Its owner's thread only.
 */
final class StreamControls {
    /** All that can be due for one stream fits. */
    private static final int MOST = 60;

    private final StreamMemory memory;
    private final ArrayDeque<StreamState> toSend = new ArrayDeque<>();

    StreamControls(StreamMemory memory) {
        this.memory = memory;
    }

    void maxData(StreamState stream) {
        stream.maxDataDue = true;
        queue(stream);
    }

    void reset(StreamState stream) {
        stream.resetDue = true;
        queue(stream);
    }

    void stopSending(StreamState stream, long code) {
        stream.stopCode = code;
        stream.stopDue = true;
        queue(stream);
    }

    boolean hasFrames() {
        return !toSend.isEmpty();
    }

    /** Writes window updates, resets and stops as far as they fit. */
    void write(ByteWriter out, SentPacket packet) {
        while (!toSend.isEmpty() && out.room() >= MOST) {
            StreamState stream = toSend.remove();
            stream.queuedControl = false;
            write(stream, out, packet);
        }
    }

    private void write(StreamState stream, ByteWriter out, SentPacket packet) {
        if (stream.maxDataDue) {
            stream.maxDataDue = false;
            long max = stream.receive.window().update(memory.share());
            if (!stream.receive.endKnown() && !stream.receive.isStopped()) {
                out.varInt(FrameType.MAX_STREAM_DATA);
                out.varInt(stream.id);
                out.varInt(max);
                packet.add(SentPacket.MAX_STREAM_DATA, stream, 0, 0);
                packet.ackEliciting = true;
            }
        }
        if (stream.resetDue) {
            stream.resetDue = false;
            out.varInt(FrameType.RESET_STREAM);
            out.varInt(stream.id);
            out.varInt(stream.send.resetCode());
            out.varInt(stream.send.sentSize());
            packet.add(SentPacket.RESET_STREAM, stream, 0, 0);
            packet.ackEliciting = true;
        }
        if (stream.stopDue) {
            stream.stopDue = false;
            if (!stream.receive.endKnown()) {
                out.varInt(FrameType.STOP_SENDING);
                out.varInt(stream.id);
                out.varInt(stream.stopCode);
                packet.add(SentPacket.STOP_SENDING, stream, 0, 0);
                packet.ackEliciting = true;
            }
        }
    }

    /** A frame of this kind is lost, or to be sent once more. */
    void onLost(byte kind, StreamState stream) {
        switch (kind) {
            case SentPacket.MAX_STREAM_DATA ->
                stream.maxDataDue = true;
            case SentPacket.RESET_STREAM ->
                stream.resetDue = true;
            default ->
                stream.stopDue = true;
        }
        if (!stream.removed) {
            queue(stream);
        }
    }

    private void queue(StreamState stream) {
        if (!stream.queuedControl) {
            stream.queuedControl = true;
            toSend.add(stream);
        }
    }

    /** Nothing more will be sent. */
    void close() {
        toSend.clear();
    }
}
