package dev.sluice.rudp.protocol;

/**
 * How far the peer may send, on a stream or on the whole connection. The window is told anew when a quarter of it has been read, and
 * doubles when that quarter took less than a round trip (a window that is used up within one or two round trips is what limits the
 * speed), up to its limit. It never shrinks and never takes back.
 */
final class ReceiveWindow {
    private final long limit;
    private long size;
    private long max;
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
    }

    /** The offset, exclusive, that the peer was told. */
    long max() {
        return max;
    }

    long size() {
        return size;
    }

    /** The application took bytes. Returns whether the peer should be told now; it stays so until {@link #update}. */
    boolean onRead(long now, long bytes, long rtt) {
        read += bytes;
        if (due || max - read > size - size / 4) {
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

    /** The new offset to be told. */
    long update() {
        due = false;
        max = Math.max(max, read + size);
        return max;
    }
}
