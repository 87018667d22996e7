package dev.sluice.rudp.protocol;

/**
 * How far the peer may send, on a stream or on the whole connection. The window is told anew when a quarter of it has been read, and
 * doubles when that quarter took less than two round trips, up to its limit. So it is eight times what the path holds, or more: a flow
 * goes on while a packet that was lost several times is waited for. What was told is never taken back; where memory is short, less is told anew.
 */
final class ReceiveWindow {
    private final long limit;
    private long size;
    private long max;
    /** How far ahead of the reader the peer was let. */
    private long told;
    private long read;
    private long epochStart;
    private long epochRead;
    private boolean due;

    /**
     * @param size bytes at first
     * @param limit bytes at most
     */
    ReceiveWindow(long size, long limit) {
        this.size = size;
        this.limit = Math.max(size, limit);
        max = size;
        told = size;
    }

    /** The offset, exclusive, that the peer was told. */
    long max() {
        return max;
    }

    /** Bytes that the application took. */
    long read() {
        return read;
    }

    /** The application took bytes. Returns whether the peer should be told now; it stays so until {@link #update}. */
    boolean onRead(long now, long bytes, long rtt) {
        read += bytes;
        if (due || max - read > told - told / 4) {
            return false;
        }
        if (now - epochStart < 2 * rtt && read - epochRead >= size / 4 && size < limit) {
            size = Math.min(limit, 2 * size);
        }
        epochStart = now;
        epochRead = read;
        due = true;
        return true;
    }

    /** The new offset to be told, where memory for {@code share} bytes is left. */
    long update(long share) {
        due = false;
        told = Math.min(size, share);
        max = Math.max(max, read + told);
        return max;
    }
}
