package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.wire.ByteWriter;
import dev.sluice.rudp.protocol.wire.ErrorCode;
import dev.sluice.rudp.protocol.wire.FrameType;
import dev.sluice.rudp.protocol.wire.ProtocolViolation;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The streams of a connection: which exist, what may be sent and received on each and on all, whose turn it is, and what the application
 * is to hear. A stream's ID is twice its index, plus one where the server opened it.
 *
 * <p>Methods: calls of the application ({@link #open} to {@link #stopSending}), frames that came ({@code on...}), what is to be sent
 * ({@link #hasSendable}, {@link #writeControl}, {@link #writeData}), what became of it ({@link #onAcked}, {@link #onLost}).
 */
final class Streams {
    static final long NONE = -1;
    static final int CLOSED = -1;

    /** A stream hands over to the next after this many bytes: ten packets. */
    private static final int TURN = 14_000;
    /** A smaller piece of a stream is not worth its header. */
    private static final int MIN_FRAME = 24;
    /** Headers and acknowledgements, at most. */
    private static final int PACKET_OVERHEAD = 100;
    /** So much is taken of a stream at least, however small the window is. */
    private static final int MIN_SEND_BUFFER = 256 * 1024;
    /** A writer that waits is woken for so much room: often enough that what it writes is sent while it is in the cache. */
    private static final int WAKE_ROOM = 256 * 1024;
    private static final int LEAST_WAKE_ROOM = 32 * 1024;

    private final ConnectionConfig config;
    private final Counters counters;
    private final int localBit;
    private final StreamMemory memory;
    private final LongMap<StreamState> streams = new LongMap<>();

    private final ArrayDeque<StreamState> toSend = new ArrayDeque<>();
    private final ArrayDeque<StreamState> control = new ArrayDeque<>();
    private final ArrayDeque<StreamState> creditBlocked = new ArrayDeque<>();
    private final ArrayDeque<StreamState> readable = new ArrayDeque<>();
    private final ArrayDeque<StreamState> writable = new ArrayDeque<>();
    private final ArrayDeque<StreamState> blockedByConnection = new ArrayDeque<>();
    private final ArrayDeque<StreamState> opened = new ArrayDeque<>();

    private long nextLocal;
    private long maxLocal;
    private boolean openRefused;
    private long nextRemote;
    private long maxRemote;
    private long closedRemote;
    private boolean maxStreamsDue;

    private long peerStreamWindow;
    private long maxData;
    private long sentData;
    private long buffered;
    /** Bytes of a stream that may wait or be under way, where there is memory for them. */
    private long sendBuffer;
    private final ReceiveWindow window;
    private long receivedData;
    private boolean maxDataDue;
    /** Bytes of a stream that fill a packet. */
    private int packet;

    Streams(boolean client, ConnectionConfig config, StreamMemory memory, Counters counters) {
        this.config = config;
        this.memory = memory;
        this.counters = counters;
        localBit = client ? 0 : 1;
        maxRemote = config.maxStreams;
        window = new ReceiveWindow(config.connectionWindow, config.maxConnectionWindow);
    }

    // ---- limits of the peer

    /** What the peer allows at first; also called for early data, and again when the real limits are known. */
    void onPeerLimits(long data, long streamData, long count) {
        maxData = Math.max(maxData, data);
        maxLocal = Math.max(maxLocal, count);
        peerStreamWindow = Math.max(peerStreamWindow, streamData);
        streams.forEach(stream -> {
            if (stream.send.onMaxData(peerStreamWindow)) {
                schedule(stream, false);
            }
        });
    }

    /** The server did not take what went before the handshake's end: it is all new again. */
    void restart() {
        sentData = 0;
        streams.forEach(stream -> {
            stream.send.restart(peerStreamWindow);
            schedule(stream, false);
        });
    }

    // ---- calls of the application

    long open() {
        if (nextLocal >= maxLocal) {
            openRefused = true;
            return NONE;
        }
        long id = (nextLocal++ << 1) | localBit;
        create(id);
        return id;
    }

    /** Whether {@link #open} failed and would not now. */
    boolean takeStreamsAvailable() {
        boolean available = openRefused && nextLocal < maxLocal;
        openRefused &= !available;
        return available;
    }

    long accept() {
        StreamState stream = opened.poll();
        return stream == null ? NONE : stream.id;
    }

    /** {@code window}: of the congestion control; what is buffered beyond twice of it only makes memory cold. */
    int write(long id, ByteSource from, int length, long window) {
        sendBuffer = Math.clamp(2 * window, Math.min(MIN_SEND_BUFFER, config.streamSendBuffer), config.streamSendBuffer);
        StreamState stream = streams.get(id);
        if (stream == null || stream.send.isFinished()) {
            return CLOSED;
        }
        int room = (int) Math.min(length, config.connectionSendBuffer - buffered);
        int accepted = stream.send.write(from, Math.max(0, room), sendLimit());
        buffered += accepted;
        if (accepted < length) {
            stream.writeBlocked = true;
            if (room < length && !stream.writeBlockedByConnection) {
                stream.writeBlockedByConnection = true;
                blockedByConnection.add(stream);
            }
        }
        if (accepted > 0) {
            schedule(stream, false);
        }
        return accepted;
    }

    int read(long now, long id, ByteSink to, int length, long rtt) {
        StreamState stream = streams.get(id);
        if (stream == null) {
            return ReceiveHalf.END;
        }
        int count = stream.receive.read(to, length);
        if (count > 0) {
            counters.streamBytesReceived += count;
            if (!stream.receive.endKnown() && stream.receive.window().onRead(now, count, rtt)) {
                stream.maxDataDue = true;
                queueControl(stream);
            }
            maxDataDue |= window.onRead(now, count, rtt);
        } else if (count < 0) {
            removeIfDone(stream);
        }
        return count;
    }

    long readable(long id) {
        StreamState stream = streams.get(id);
        return stream == null ? 0 : stream.receive.readable();
    }

    void finish(long id) {
        StreamState stream = streams.get(id);
        if (stream != null) {
            stream.send.finish();
            schedule(stream, false);
        }
    }

    void reset(long id, long code) {
        StreamState stream = streams.get(id);
        if (stream != null) {
            reset(stream, code);
        }
    }

    private void reset(StreamState stream, long code) {
        long was = stream.send.buffered();
        if (stream.send.reset(code)) {
            release(was);
            stream.resetDue = true;
            queueControl(stream);
        }
    }

    void stopSending(long now, long id, long code, long rtt) {
        StreamState stream = streams.get(id);
        if (stream == null || stream.receive.isStopped()) {
            return;
        }
        boolean wanted = !stream.receive.endKnown();
        maxDataDue |= window.onRead(now, stream.receive.stop(), rtt);
        if (wanted) {
            stream.stopCode = code;
            stream.stopDue = true;
            queueControl(stream);
        }
        removeIfDone(stream);
    }

    long nextReadable() {
        StreamState stream = readable.poll();
        if (stream == null) {
            return NONE;
        }
        stream.queuedReadable = false;
        return stream.id;
    }

    long nextWritable() {
        StreamState stream = writable.poll();
        if (stream == null) {
            return NONE;
        }
        stream.queuedWritable = false;
        return stream.id;
    }

    /** Everything that was written, and every end, has been acknowledged. */
    boolean flushed() {
        boolean[] flushed = {buffered == 0};
        if (flushed[0]) {
            streams.forEach(stream -> flushed[0] &= !stream.send.isFinished() || stream.send.done());
        }
        return flushed[0];
    }

    boolean isFinished(long id) {
        StreamState stream = streams.get(id);
        return stream == null || stream.send.done();
    }

    int count() {
        return streams.size();
    }

    long buffered() {
        return buffered;
    }

    /** Memory of all streams' buffers, for tests of its bounds. */
    long memory() {
        long[] sum = new long[1];
        streams.forEach(stream -> sum[0] += stream.send.memory() + stream.receive.memory());
        return sum[0];
    }

    // ---- frames that came

    void onStream(long now, long id, long offset, byte[] bytes, int from, int length, boolean fin, long rtt) {
        StreamState stream = find(id);
        if (stream == null) {
            return;
        }
        ReceiveHalf receive = stream.receive;
        count(receive.growth(offset + length));
        if (receive.onData(offset, bytes, from, length, fin)) {
            queueReadable(stream);
        }
        if (receive.isStopped()) {
            maxDataDue |= window.onRead(now, receive.discard(), rtt);
            removeIfDone(stream);
        }
    }

    void onResetStream(long now, long id, long code, long size, long rtt) {
        StreamState stream = find(id);
        if (stream == null) {
            return;
        }
        count(stream.receive.growth(size));
        if (stream.receive.onReset(code, size)) {
            queueReadable(stream);
        }
        if (stream.receive.isReset() || stream.receive.isStopped()) {
            maxDataDue |= window.onRead(now, stream.receive.discard(), rtt);
            removeIfDone(stream);
        }
    }

    private void count(long growth) {
        receivedData += growth;
        if (receivedData > window.max()) {
            throw new ProtocolViolation(ErrorCode.FLOW_CONTROL, "data beyond the connection's window");
        }
    }

    void onStopSending(long id, long code) {
        StreamState stream = find(id);
        if (stream != null) {
            reset(stream, code);
            queueWritable(stream);
        }
    }

    void onMaxStreamData(long id, long max) {
        StreamState stream = find(id);
        if (stream != null && stream.send.onMaxData(max)) {
            schedule(stream, false);
        }
    }

    void onMaxData(long max) {
        maxData = Math.max(maxData, max);
        for (StreamState stream = creditBlocked.poll(); stream != null; stream = creditBlocked.poll()) {
            stream.creditBlocked = false;
            schedule(stream, false);
        }
    }

    void onMaxStreams(long max) {
        maxLocal = Math.max(maxLocal, max);
    }

    /** The stream of a frame, opened where the peer opens it by this; null where it is over. */
    private @Nullable StreamState find(long id) {
        StreamState stream = streams.get(id);
        if (stream != null) {
            return stream;
        }
        long index = id >> 1;
        if ((id & 1) == localBit) {
            if (index >= nextLocal) {
                throw new ProtocolViolation(ErrorCode.STREAM_STATE, "a frame for a stream that was not opened");
            }
            return null;
        }
        if (index >= maxRemote) {
            throw new ProtocolViolation(ErrorCode.STREAM_LIMIT, "more streams than allowed");
        }
        while (nextRemote <= index) {
            stream = create((nextRemote++ << 1) | (id & 1));
            opened.add(stream);
        }
        return stream;
    }

    private StreamState create(long id) {
        StreamState stream = new StreamState(id, peerStreamWindow,
                new ReceiveWindow(config.streamWindow, config.maxStreamWindow), memory);
        streams.putIfAbsent(id, stream);
        return stream;
    }

    // ---- what is to be sent

    /** Packets have {@code size} bytes now. */
    void onPacketSize(int size) {
        packet = size - PACKET_OVERHEAD;
    }

    boolean hasSendable() {
        return hasControl() || hasData();
    }

    boolean hasControl() {
        return maxDataDue || maxStreamsDue || !control.isEmpty();
    }

    /** Looks for a stream whose turn it is and that may send; streams that may not leave the queue until they may. */
    boolean hasData() {
        for (StreamState stream = toSend.peek(); stream != null; stream = toSend.peek()) {
            if (stream.send.sendable(maxData - sentData, packet, stream.writeBlocked)) {
                return true;
            }
            toSend.poll();
            stream.queuedToSend = false;
            if (stream.send.hasUnsent() && maxData - sentData <= packet && !stream.creditBlocked) {
                stream.creditBlocked = true;
                creditBlocked.add(stream);
            }
        }
        return false;
    }

    /** Writes window updates, resets and stops as far as they fit. */
    void writeControl(ByteWriter out, SentPacket packet) {
        if (maxDataDue && out.room() >= 9) {
            maxDataDue = false;
            out.varInt(FrameType.MAX_DATA);
            out.varInt(window.update(memory.share() + unread())); // or a stream that nobody reads would stop the others
            packet.add(SentPacket.MAX_DATA, null, 0, 0);
            packet.ackEliciting = true;
        }
        if (maxStreamsDue && out.room() >= 9) {
            maxStreamsDue = false;
            maxRemote = closedRemote + config.maxStreams;
            out.varInt(FrameType.MAX_STREAMS);
            out.varInt(maxRemote);
            packet.add(SentPacket.MAX_STREAMS, null, 0, 0);
            packet.ackEliciting = true;
        }
        while (!control.isEmpty() && out.room() >= 60) {
            StreamState stream = control.remove();
            stream.queuedControl = false;
            writeControl(stream, out, packet);
        }
    }

    private void writeControl(StreamState stream, ByteWriter out, SentPacket packet) {
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

    /** Fills the rest of a packet with data of streams, by turns. */
    void writeData(ByteWriter out, SentPacket packet) {
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
        int length = send.chunkLength(out.room() - header, maxData - sentData);
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
        sentData += fresh;
        counters.streamBytesSent += fresh;
        counters.streamBytesRetransmitted += again ? length - fresh : 0;
        packet.add(fin ? SentPacket.DATA_FIN : SentPacket.DATA, stream, offset, length);
        packet.ackEliciting = true;
        return Math.max(1, length);
    }

    // ---- what became of it

    /** An item of a packet of ours arrived. */
    void onAcked(byte kind, StreamState stream, long offset, int length) {
        switch (kind) {
            case SentPacket.DATA, SentPacket.DATA_FIN -> {
                release(stream.send.onAcked(offset, length, kind == SentPacket.DATA_FIN));
                if (stream.send.hasUnsent()) {
                    schedule(stream, false); // what waited for this
                }
                if (stream.writeBlocked && hasRoom(stream)) {
                    queueWritable(stream);
                }
            }
            case SentPacket.RESET_STREAM ->
                stream.send.onResetAcked();
            default -> {
                return;
            }
        }
        removeIfDone(stream);
    }

    private long unread() {
        return receivedData - window.read();
    }

    private long sendLimit() {
        return Math.min(sendBuffer, memory.share());
    }

    /** Whether a writer that waits is to be woken. */
    private boolean hasRoom(StreamState stream) {
        long limit = sendLimit();
        long room = Math.max(Math.min(limit / 4, WAKE_ROOM), Math.min(limit / 2, LEAST_WAKE_ROOM));
        return stream.send.buffered() <= limit - room;
    }

    /** An item of a packet of ours is lost, or to be sent once more. */
    void onLost(byte kind, StreamState stream, long offset, int length) {
        switch (kind) {
            case SentPacket.DATA, SentPacket.DATA_FIN -> {
                stream.send.onLost(offset, length, kind == SentPacket.DATA_FIN);
                schedule(stream, true);
                return;
            }
            case SentPacket.MAX_STREAM_DATA ->
                stream.maxDataDue = true;
            case SentPacket.RESET_STREAM ->
                stream.resetDue = true;
            default ->
                stream.stopDue = true;
        }
        if (!stream.removed) {
            queueControl(stream);
        }
    }

    void onMaxDataLost() {
        maxDataDue = true;
    }

    void onMaxStreamsLost() {
        maxStreamsDue = true;
    }

    private void release(long bytes) {
        buffered -= bytes;
        while (!blockedByConnection.isEmpty() && buffered <= config.connectionSendBuffer / 4 * 3L) {
            StreamState stream = blockedByConnection.remove();
            stream.writeBlockedByConnection = false;
            if (stream.writeBlocked) {
                queueWritable(stream);
            }
        }
    }

    private void removeIfDone(StreamState stream) {
        if (stream.removed || !stream.send.done() || !stream.receive.done()) {
            return;
        }
        stream.removed = true;
        streams.remove(stream.id);
        stream.send.free();
        stream.receive.free();
        if ((stream.id & 1) != localBit) {
            closedRemote++;
            maxStreamsDue |= closedRemote + config.maxStreams - maxRemote >= Math.max(1, config.maxStreams / 4);
        }
    }

    private void schedule(StreamState stream, boolean first) {
        if (stream.queuedToSend || stream.removed) {
            return;
        }
        stream.queuedToSend = true;
        stream.turn = TURN;
        if (first) {
            toSend.addFirst(stream);
        } else {
            toSend.add(stream);
        }
    }

    private void queueControl(StreamState stream) {
        if (!stream.queuedControl) {
            stream.queuedControl = true;
            control.add(stream);
        }
    }

    private void queueReadable(StreamState stream) {
        if (!stream.queuedReadable) {
            stream.queuedReadable = true;
            readable.add(stream);
        }
    }

    private void queueWritable(StreamState stream) {
        stream.writeBlocked = false;
        if (!stream.queuedWritable) {
            stream.queuedWritable = true;
            writable.add(stream);
        }
    }

    /** Nobody will read any more. */
    void free() {
        streams.forEach(stream -> {
            stream.send.free();
            stream.receive.free();
        });
    }

    /** The connection is over: nothing more will be sent, what arrived can still be read. */
    void close() {
        streams.forEach(stream -> {
            stream.send.free();
            if (stream.receive.hasNews()) {
                queueReadable(stream);
            }
        });
        toSend.clear();
        control.clear();
        creditBlocked.clear();
        blockedByConnection.clear();
        writable.clear();
        buffered = 0;
    }
}
