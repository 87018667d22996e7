package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.wire.ByteWriter;
import dev.sluice.rudp.protocol.wire.FrameType;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Unreliable messages (RFC 9221), each way a queue bounded in bytes: what does not fit is dropped and counted. */
final class Messages {
    private final int limit;
    private final Counters counters;
    private final ArrayDeque<byte[]> out = new ArrayDeque<>();
    private final ArrayDeque<byte[]> in = new ArrayDeque<>();
    private int outBytes;
    private int inBytes;

    Messages(int limit, Counters counters) {
        this.limit = limit;
        this.counters = counters;
    }

    boolean offer(byte[] message) {
        if (outBytes + message.length > limit) {
            counters.datagramsDropped++;
            return false;
        }
        out.add(message);
        outBytes += message.length;
        return true;
    }

    byte @Nullable [] poll() {
        byte[] message = in.poll();
        inBytes -= message == null ? 0 : message.length;
        return message;
    }

    void onMessage(byte[] bytes, int from, int length) {
        if (inBytes + length > limit) {
            counters.datagramsDropped++;
            return;
        }
        byte[] message = new byte[length];
        System.arraycopy(bytes, from, message, 0, length);
        in.add(message);
        inBytes += length;
    }

    boolean hasSendable() {
        return !out.isEmpty();
    }

    /** Writes what fits; a message that does not fit into an empty packet of {@code largest} bytes is dropped. */
    void write(ByteWriter writer, SentPacket packet, int largest) {
        for (byte[] next = out.peek(); next != null; next = out.peek()) {
            if (next.length + 3 > largest) {
                counters.datagramsDropped++;
            } else if (next.length + 3 > writer.room()) {
                return;
            } else {
                writer.varInt(FrameType.DATAGRAM_LEN);
                writer.varInt2(next.length);
                writer.bytes(next, 0, next.length);
                packet.ackEliciting = true;
            }
            out.remove();
            outBytes -= next.length;
        }
    }

    void free() {
        out.clear();
        outBytes = 0;
    }
}
