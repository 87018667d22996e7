package dev.sluice.rudp.protocol;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * How many bytes the streams of a connection hold that are written and not yet acknowledged, each and together, and which writers wait for
 * room. Sizes are bytes. Its owner's thread only.
 */
final class SendBuffer {
    /** So much is taken of a stream at least, however small the window is. */
    private static final int MIN_SEND_BUFFER = 256 * 1024;
    /** A writer that waits is woken for so much room: often enough that what it writes is sent while it is in the cache. */
    private static final int WAKE_ROOM = 256 * 1024;
    private static final int LEAST_WAKE_ROOM = 32 * 1024;

    private final ConnectionConfig config;
    private final StreamMemory memory;
    private final ArrayDeque<StreamState> writable = new ArrayDeque<>();
    private final ArrayDeque<StreamState> blockedByConnection = new ArrayDeque<>();
    private long held;
    /** Bytes of a stream that may wait or be under way, where there is memory for them. */
    private long perStream;

    SendBuffer(ConnectionConfig config, StreamMemory memory) {
        this.config = config;
        this.memory = memory;
    }

    /** {@code window}: of the congestion control; what is buffered beyond twice of it only makes memory cold. */
    void fit(long window) {
        perStream = Math.clamp(2 * window, Math.min(MIN_SEND_BUFFER, config.streamSendBuffer), config.streamSendBuffer);
    }

    /** Takes as many bytes as there is room for; whoever had more is named by {@link #nextWritable} later. */
    int write(StreamState stream, ByteSource from, int length) {
        int room = (int) Math.min(length, config.connectionSendBuffer - held);
        int accepted = stream.send.write(from, Math.max(0, room), streamLimit());
        held += accepted;
        if (accepted < length) {
            stream.writeBlocked = true;
            if (room < length && !stream.writeBlockedByConnection) {
                stream.writeBlockedByConnection = true;
                blockedByConnection.add(stream);
            }
        }
        return accepted;
    }

    /** Bytes of a stream arrived, and no longer take room. */
    void onAcked(StreamState stream, long bytes) {
        release(bytes);
        if (stream.writeBlocked && hasRoom(stream)) {
            wake(stream);
        }
    }

    /** Bytes take no room any more: they arrived, or were given up. */
    void release(long bytes) {
        held -= bytes;
        while (!blockedByConnection.isEmpty() && held <= config.connectionSendBuffer / 4 * 3L) {
            StreamState stream = blockedByConnection.remove();
            stream.writeBlockedByConnection = false;
            if (stream.writeBlocked) {
                wake(stream);
            }
        }
    }

    /** Its writer is to hear of the stream. */
    void wake(StreamState stream) {
        stream.writeBlocked = false;
        if (!stream.queuedWritable) {
            stream.queuedWritable = true;
            writable.add(stream);
        }
    }

    /** A stream is over: its writer waits for nothing. */
    void forget(StreamState stream) {
        if (stream.writeBlockedByConnection) {
            stream.writeBlockedByConnection = false;
            blockedByConnection.remove(stream);
        }
        if (stream.queuedWritable) {
            stream.queuedWritable = false;
            writable.remove(stream);
        }
    }

    /** A stream whose writer can go on, or null. */
    @Nullable
    StreamState nextWritable() {
        StreamState stream = writable.poll();
        if (stream != null) {
            stream.queuedWritable = false;
        }
        return stream;
    }

    boolean isEmpty() {
        return held == 0;
    }

    /** Nothing more will be sent. */
    void close() {
        blockedByConnection.clear();
        writable.clear();
        held = 0;
    }

    private long streamLimit() {
        return Math.min(perStream, memory.share());
    }

    /** Whether a writer that waits is to be woken. */
    private boolean hasRoom(StreamState stream) {
        long limit = streamLimit();
        long room = Math.max(Math.min(limit / 4, WAKE_ROOM), Math.min(limit / 2, LEAST_WAKE_ROOM));
        return stream.send.buffered() <= limit - room;
    }
}
