package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.wire.ByteWriter;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The streams of a connection, and what calls, frames, acknowledgements and losses do to them. What concerns several streams has classes of
 * its own: which may exist ({@link StreamIds}), how much may be sent ({@link FlowControl}) and written ({@link SendBuffer}), whose turn it
 * is ({@link StreamScheduler}), and what the peer is told beside data ({@link StreamControls}).
 *
 * <p>Methods: calls of the application ({@link #open} to {@link #isFinished}), frames that came ({@code on...}), what is to be sent
 * ({@link #hasSendable}, {@link #writeControl}, {@link #writeData}), what became of it ({@link #onAcked}, {@link #onLost}). Its owner's
 * thread only.
 */
final class Streams {
    static final long NONE = StreamIds.NONE;
    static final int CLOSED = -1;

    private final ConnectionConfig config;
    private final Counters counters;
    private final StreamMemory memory;
    private final LongMap<StreamState> streams = new LongMap<>();
    private final StreamIds ids;
    private final FlowControl flow;
    private final SendBuffer buffer;
    private final StreamScheduler scheduler;
    private final StreamControls controls;
    private final ArrayDeque<StreamState> opened = new ArrayDeque<>();
    private final ArrayDeque<StreamState> readable = new ArrayDeque<>();
    /** The peer takes so much on each stream at first. */
    private long peerStreamWindow;

    Streams(boolean client, ConnectionConfig config, StreamMemory memory, Counters counters) {
        this.config = config;
        this.memory = memory;
        this.counters = counters;
        ids = new StreamIds(client, config.maxStreams);
        flow = new FlowControl(config, memory);
        buffer = new SendBuffer(config, memory);
        scheduler = new StreamScheduler(flow, counters);
        controls = new StreamControls(memory);
    }

    // ---- limits of the peer

    /** What the peer allows at first; also called for early data, and again when the real limits are known. */
    void onPeerLimits(long data, long streamData, long count) {
        onMaxData(data);
        onMaxStreams(count);
        peerStreamWindow = Math.max(peerStreamWindow, streamData);
        streams.forEach(stream -> {
            if (stream.send.onMaxData(peerStreamWindow)) {
                scheduler.schedule(stream);
            }
        });
    }

    /** The server did not take what went before the handshake's end: it is all new again. */
    void restart() {
        flow.restart();
        streams.forEach(stream -> {
            stream.send.restart(peerStreamWindow);
            scheduler.schedule(stream);
        });
    }

    // ---- calls of the application

    long open() {
        long id = ids.open();
        if (id != NONE) {
            StreamState stream = create(id);
            stream.send.open();
            scheduler.schedule(stream);
        }
        return id;
    }

    /** Whether {@link #open} failed and would not now. */
    boolean takeStreamsAvailable() {
        return ids.takeAvailable();
    }

    long accept() {
        return idOf(opened.poll());
    }

    /** {@code window}: of the congestion control, see {@link SendBuffer#fit}. */
    int write(long id, ByteSource from, int length, long window) {
        buffer.fit(window);
        StreamState stream = streams.get(id);
        if (stream == null || stream.send.isFinished()) {
            return CLOSED;
        }
        int accepted = buffer.write(stream, from, length);
        if (accepted > 0) {
            scheduler.schedule(stream);
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
                controls.maxData(stream);
            }
            flow.onRead(now, count, rtt);
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
            scheduler.schedule(stream);
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
            buffer.release(was);
            controls.reset(stream);
        }
    }

    void stopSending(long now, long id, long code, long rtt) {
        StreamState stream = streams.get(id);
        if (stream == null || stream.receive.isStopped()) {
            return;
        }
        boolean wanted = !stream.receive.endKnown();
        flow.onRead(now, stream.receive.stop(), rtt);
        if (wanted) {
            controls.stopSending(stream, code);
        }
        removeIfDone(stream);
    }

    long nextReadable() {
        StreamState stream = readable.poll();
        if (stream != null) {
            stream.queuedReadable = false;
        }
        return idOf(stream);
    }

    long nextWritable() {
        return idOf(buffer.nextWritable());
    }

    private static long idOf(@Nullable StreamState stream) {
        return stream == null ? NONE : stream.id;
    }

    /** Everything that was written, and every end, has been acknowledged. */
    boolean flushed() {
        boolean[] flushed = {buffer.isEmpty()};
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
        flow.onReceived(receive.growth(offset + length));
        if (receive.onData(offset, bytes, from, length, fin)) {
            queueReadable(stream);
        }
        if (receive.isStopped()) {
            flow.onRead(now, receive.discard(), rtt);
            removeIfDone(stream);
        }
    }

    void onResetStream(long now, long id, long size, long rtt) {
        StreamState stream = find(id);
        if (stream == null) {
            return;
        }
        flow.onReceived(stream.receive.growth(size));
        if (stream.receive.onReset(size)) {
            queueReadable(stream);
        }
        if (stream.receive.isReset() || stream.receive.isStopped()) {
            flow.onRead(now, stream.receive.discard(), rtt);
            removeIfDone(stream);
        }
    }

    void onStopSending(long id, long code) {
        StreamState stream = find(id);
        if (stream != null) {
            reset(stream, code);
            buffer.wake(stream);
        }
    }

    void onMaxStreamData(long id, long max) {
        StreamState stream = find(id);
        if (stream != null && stream.send.onMaxData(max)) {
            scheduler.schedule(stream);
        }
    }

    void onMaxData(long max) {
        flow.onMaxData(max);
        scheduler.onCredit();
    }

    void onMaxStreams(long max) {
        ids.onMaxStreams(max);
    }

    /** The stream of a frame, opened where the peer opens it by this; null where it is over. */
    private @Nullable StreamState find(long id) {
        StreamState stream = streams.get(id);
        if (stream != null) {
            return stream;
        }
        ids.check(id);
        for (long next = ids.nextOpened(id); next != NONE; next = ids.nextOpened(id)) {
            stream = create(next);
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
        scheduler.onPacketSize(size);
    }

    boolean hasSendable() {
        return flow.hasFrames() || ids.hasFrames() || controls.hasFrames() || hasData();
    }

    boolean hasData() {
        return scheduler.hasData();
    }

    /** Writes window updates, resets and stops as far as they fit. */
    void writeControl(ByteWriter out, SentPacket packet) {
        flow.write(out, packet);
        ids.write(out, packet);
        controls.write(out, packet);
    }

    /** Fills the rest of a packet with data of streams, by turns. */
    void writeData(ByteWriter out, SentPacket packet) {
        scheduler.write(out, packet);
    }

    // ---- what became of it

    /** An item of a packet of ours arrived. */
    void onAcked(byte kind, StreamState stream, long offset, int length) {
        switch (kind) {
            case SentPacket.DATA, SentPacket.DATA_FIN -> {
                buffer.onAcked(stream, stream.send.onAcked(offset, length, kind == SentPacket.DATA_FIN));
                if (stream.send.hasUnsent()) {
                    scheduler.schedule(stream); // what waited for this
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

    /** An item of a packet of ours is lost, or to be sent once more. */
    void onLost(byte kind, StreamState stream, long offset, int length) {
        switch (kind) {
            case SentPacket.DATA, SentPacket.DATA_FIN -> {
                stream.send.onLost(offset, length, kind == SentPacket.DATA_FIN);
                scheduler.scheduleFirst(stream);
            }
            default ->
                controls.onLost(kind, stream);
        }
    }

    void onMaxDataLost() {
        flow.onLost();
    }

    void onMaxStreamsLost() {
        ids.onLost();
    }

    private void removeIfDone(StreamState stream) {
        if (stream.removed || !stream.send.done() || !stream.receive.done()) {
            return;
        }
        stream.removed = true;
        streams.remove(stream.id);
        buffer.forget(stream);
        scheduler.forget(stream);
        stream.send.free();
        stream.receive.free();
        ids.onClosed(stream.id);
    }

    private void queueReadable(StreamState stream) {
        if (!stream.queuedReadable) {
            stream.queuedReadable = true;
            readable.add(stream);
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
        scheduler.close();
        controls.close();
        buffer.close();
    }
}
