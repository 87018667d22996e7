package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.wire.ByteWriter;
import dev.sluice.rudp.protocol.wire.FrameType;
import java.util.ArrayDeque;

/**
 * Whose turn it is to send data: streams take turns, a few packets each, and one that has lost something comes first. Fills packets with
 * their STREAM frames. Its owner's thread only.
 */
final class StreamScheduler {
    /** A stream hands over to the next after this many bytes: ten packets. */
    private static final int TURN = 14_000;
    /** A smaller piece of a stream is not worth its header. */
    private static final int MIN_FRAME = 24;
    /** Headers and acknowledgements, at most. */
    private static final int PACKET_OVERHEAD = 100;

    private final FlowControl flow;
    private final Counters counters;
    private final ArrayDeque<StreamState> toSend = new ArrayDeque<>();
    /** They have data for which the peer's connection window has no room. */
    private final ArrayDeque<StreamState> creditBlocked = new ArrayDeque<>();
    /** Bytes of a stream that fill a packet. */
    private int packetRoom;

    StreamScheduler(FlowControl flow, Counters counters) {
        this.flow = flow;
        this.counters = counters;
    }

    /** Packets have {@code size} bytes now. */
    void onPacketSize(int size) {
        packetRoom = size - PACKET_OVERHEAD;
    }

    /** Perhaps a stream may send; its turn comes after the others'. */
    void schedule(StreamState stream) {
        if (admit(stream)) {
            toSend.add(stream);
        }
    }

    /** A stream has something to send again; its turn is now. */
    void scheduleFirst(StreamState stream) {
        if (admit(stream)) {
            toSend.addFirst(stream);
        }
    }

    private static boolean admit(StreamState stream) {
        if (stream.queuedToSend || stream.removed) {
            return false;
        }
        stream.queuedToSend = true;
        stream.turn = TURN;
        return true;
    }

    /** The peer takes more on the connection. */
    void onCredit() {
        for (StreamState stream = creditBlocked.poll(); stream != null; stream = creditBlocked.poll()) {
            stream.creditBlocked = false;
            schedule(stream);
        }
    }

    /** A stream is over: it waits for no credit. */
    void forget(StreamState stream) {
        if (stream.creditBlocked) {
            stream.creditBlocked = false;
            creditBlocked.remove(stream);
        }
    }

    /** Looks for a stream whose turn it is and that may send; streams that may not leave the queue until they may. */
    boolean hasData() {
        for (StreamState stream = toSend.peek(); stream != null; stream = toSend.peek()) {
            if (stream.send.sendable(flow.credit(), packetRoom, stream.writeBlocked)) {
                return true;
            }
            toSend.poll();
            stream.queuedToSend = false;
            if (stream.send.hasUnsent() && flow.credit() <= packetRoom && !stream.creditBlocked) {
                stream.creditBlocked = true;
                creditBlocked.add(stream);
            }
        }
        return false;
    }

    /** Fills the rest of a packet with data of streams, by turns. */
    void write(ByteWriter out, SentPacket packet) {
        while (out.room() >= MIN_FRAME && hasData()) {
            StreamState stream = toSend.element();
            int length = writeChunk(stream, out, packet);
            stream.turn -= length;
            if (stream.turn <= 0 && toSend.size() > 1) {
                stream.turn = TURN;
                toSend.add(toSend.remove());
            }
        }
    }

    private int writeChunk(StreamState stream, ByteWriter out, SentPacket packet) {
        SendHalf send = stream.send;
        boolean again = send.retransmits();
        long offset = send.chunkOffset();
        int header = 1 + ByteWriter.varIntSize(stream.id) + (offset == 0 ? 0 : ByteWriter.varIntSize(offset));
        int length = send.chunkLength(out.room() - header, flow.credit());
        boolean toTheEnd = header + length >= out.room();
        if (!toTheEnd) {
            length = Math.min(length, out.room() - header - 2);
        }
        boolean fin = send.chunkFin(offset + length);
        out.u8(FrameType.STREAM | (offset == 0 ? 0 : FrameType.STREAM_OFF) | (toTheEnd ? 0 : FrameType.STREAM_LEN)
                | (fin ? FrameType.STREAM_FIN : 0));
        out.varInt(stream.id);
        if (offset != 0) {
            out.varInt(offset);
        }
        if (!toTheEnd) {
            out.varInt2(length);
        }
        int fresh = send.take(offset, length, fin, out.array(), out.position());
        out.position(out.position() + length);
        flow.onSent(fresh);
        counters.streamBytesSent += fresh;
        counters.streamBytesRetransmitted += again ? length - fresh : 0;
        packet.add(fin ? SentPacket.DATA_FIN : SentPacket.DATA, stream, offset, length);
        packet.ackEliciting = true;
        return Math.max(1, length);
    }

    /** Nothing more will be sent. */
    void close() {
        toSend.clear();
        creditBlocked.clear();
    }
}
