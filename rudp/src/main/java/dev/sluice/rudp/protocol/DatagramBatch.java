package dev.sluice.rudp.protocol;

import org.jspecify.annotations.Nullable;

/**
 * Datagrams that leave together for one path: an array of the caller's, filled with segments of equal size of which only the last may be
 * shorter. That is what one call with generic segmentation offload (UDP GSO) sends. Used again for every {@link Connection#poll}.
 */
public final class DatagramBatch {
    private final byte[] bytes;
    private final int maxSegments;
    int length;
    int segmentSize;
    int segments;
    boolean ect;
    @Nullable
    NetworkPath path;

    /**
     * A batch.
     *
     * @param capacity bytes of the array, at least 2048; 65,535 is the most that one call of the kernel takes
     * @param maxSegments datagrams of a batch; 1 where the socket has no segmentation offload
     */
    public DatagramBatch(int capacity, int maxSegments) {
        if (capacity < 2048 || maxSegments < 1) {
            throw new IllegalArgumentException("a batch of " + capacity + " bytes, " + maxSegments + " segments");
        }
        bytes = new byte[capacity];
        this.maxSegments = maxSegments;
    }

    /** The array; the batch begins at 0. */
    public byte[] bytes() {
        return bytes;
    }

    /** Bytes of all segments. */
    public int length() {
        return length;
    }

    /** Bytes of every segment but the last. */
    public int segmentSize() {
        return segmentSize;
    }

    /** Datagrams in the batch. */
    public int segments() {
        return segments;
    }

    /** How many datagrams it may hold. */
    public int maxSegments() {
        return maxSegments;
    }

    /** Whether the datagrams should carry ECT(0), where the socket can set it. */
    public boolean ect() {
        return ect;
    }

    /** Where to send it. */
    public NetworkPath path() {
        if (path == null) {
            throw new IllegalStateException("nothing was polled");
        }
        return path;
    }

    void clear() {
        length = 0;
        segmentSize = 0;
        segments = 0;
        ect = false;
        path = null;
    }

    void add(int size) {
        if (segments == 0) {
            segmentSize = size;
        }
        segments++;
        length += size;
    }
}
