package dev.sluice.rudp.protocol;

/**
 * Bytes of a stream by their offsets: a window that only moves forward over an array that grows by doubling up to what is stored in
 * it. The owner keeps the limits. An empty ring gives a large array back.
 */
final class ByteRing {
    private static final byte[] NONE = new byte[0];
    private static final int SMALLEST = 2048;
    private static final int KEPT_WHEN_EMPTY = 64 * 1024;

    private byte[] bytes = NONE;
    /** The lowest offset that is stored. */
    private long start;

    /** Bytes of memory in use. */
    int capacity() {
        return bytes.length;
    }

    /** Stores bytes at an offset that is not below {@link #release released} ones. {@code top}: the highest offset in use, exclusive. */
    void put(long offset, byte[] from, int at, int length, long top) {
        long needed = Math.max(top, offset + length) - start;
        if (needed > bytes.length) {
            grow(needed, top);
        }
        int mask = bytes.length - 1;
        int index = (int) offset & mask;
        int first = Math.min(length, bytes.length - index);
        System.arraycopy(from, at, bytes, index, first);
        if (first < length) {
            System.arraycopy(from, at + first, bytes, 0, length - first);
        }
    }

    /** Copies stored bytes out. */
    void get(long offset, byte[] to, int at, int length) {
        if (length == 0) {
            return;
        }
        int index = (int) offset & bytes.length - 1;
        int first = Math.min(length, bytes.length - index);
        System.arraycopy(bytes, index, to, at, first);
        if (first < length) {
            System.arraycopy(bytes, 0, to, at + first, length - first);
        }
    }

    /** Everything below {@code offset} is not needed any more; {@code top} as in {@link #put}. */
    void release(long offset, long top) {
        start = offset;
        if (offset >= top && bytes.length > KEPT_WHEN_EMPTY) {
            bytes = NONE;
        }
    }

    /** Gives all memory back. */
    void free() {
        bytes = NONE;
    }

    private void grow(long needed, long top) {
        int capacity = Math.max(SMALLEST, Integer.highestOneBit((int) needed - 1) << 1);
        byte[] larger = new byte[capacity];
        int mask = capacity - 1;
        long at = start;
        while (bytes.length > 0 && at < top && at < start + bytes.length) {
            int from = (int) at & bytes.length - 1;
            int to = (int) at & mask;
            int run = (int) Math.min(Math.min(bytes.length - from, capacity - to), Math.min(top, start + bytes.length) - at);
            System.arraycopy(bytes, from, larger, to, run);
            at += run;
        }
        bytes = larger;
    }
}
