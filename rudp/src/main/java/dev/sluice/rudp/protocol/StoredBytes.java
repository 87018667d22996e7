package dev.sluice.rudp.protocol;

import org.jspecify.annotations.Nullable;

/**
 * Bytes of a stream by their offsets: a window that only moves forward, stored in chunks of {@link StreamMemory}, so that neither
 * growing nor a gap copies or reserves what is not there. Only a stream's first chunk begins small. The owner keeps the limits.
 */
final class StoredBytes {
    private static final int SHIFT = StreamMemory.SHIFT;
    private static final int CHUNK = StreamMemory.CHUNK;
    private static final int MASK = CHUNK - 1;

    private final StreamMemory memory;
    /** A ring by chunk number; null where nothing is stored. */
    private byte[] @Nullable [] table = new byte[2][];
    /** The number of the lowest chunk that may be stored. */
    private long first;
    /** One more than the number of the highest. */
    private long limit;
    private int held;

    StoredBytes(StreamMemory memory) {
        this.memory = memory;
    }

    /** Bytes of memory in use. */
    int capacity() {
        return held;
    }

    /** Stores bytes at an offset that is not below {@link #release released} ones. */
    void put(long offset, byte[] from, int at, int length) {
        while (length > 0) {
            int in = (int) offset & MASK;
            int part = Math.min(length, CHUNK - in);
            System.arraycopy(from, at, chunk(offset >> SHIFT, in + part), in, part);
            offset += part;
            at += part;
            length -= part;
        }
    }

    /** Stores the first {@code length} bytes of a source. */
    void put(long offset, ByteSource from, int length) {
        int done = 0;
        while (done < length) {
            int in = (int) (offset + done) & MASK;
            int part = Math.min(length - done, CHUNK - in);
            from.copy(done, chunk((offset + done) >> SHIFT, in + part), in, part);
            done += part;
        }
    }

    /** Copies stored bytes out. */
    void get(long offset, byte[] to, int at, int length) {
        while (length > 0) {
            int in = (int) offset & MASK;
            int part = Math.min(length, CHUNK - in);
            System.arraycopy(stored(offset), in, to, at, part);
            offset += part;
            at += part;
            length -= part;
        }
    }

    /** Gives stored bytes away. */
    void get(long offset, ByteSink to, int length) {
        while (length > 0) {
            int in = (int) offset & MASK;
            int part = Math.min(length, CHUNK - in);
            to.take(stored(offset), in, part);
            offset += part;
            length -= part;
        }
    }

    private byte[] stored(long offset) {
        byte[] chunk = table[(int) (offset >> SHIFT) & table.length - 1];
        if (chunk == null) {
            throw new IllegalStateException("nothing is stored at " + offset);
        }
        return chunk;
    }

    /** Everything below {@code offset} is not needed any more, and nothing is stored from {@code top} on. */
    void release(long offset, long top) {
        long keep = offset >= top ? limit : offset >> SHIFT;
        for (; first < Math.min(keep, limit); first++) {
            drop((int) first & table.length - 1);
        }
        first = offset >> SHIFT;
        limit = Math.max(limit, first);
    }

    /** Gives all memory back. */
    void free() {
        for (int i = 0; i < table.length; i++) {
            drop(i);
        }
        first = limit;
    }

    private void drop(int slot) {
        byte[] chunk = table[slot];
        if (chunk != null) {
            table[slot] = null;
            held -= chunk.length;
            memory.give(chunk);
        }
    }

    private byte[] chunk(long number, int needed) {
        if (number - first >= table.length) {
            widen(number);
        }
        limit = Math.max(limit, number + 1);
        int slot = (int) number & table.length - 1;
        byte[] chunk = table[slot];
        if (chunk != null && chunk.length >= needed) {
            return chunk;
        }
        byte[] larger = memory.take(number > 0 ? CHUNK : needed);
        if (chunk != null) {
            System.arraycopy(chunk, 0, larger, 0, chunk.length);
            drop(slot);
        }
        table[slot] = larger;
        held += larger.length;
        return larger;
    }

    private void widen(long number) {
        byte[] @Nullable [] before = table;
        byte[] @Nullable [] wider = new byte[Integer.highestOneBit((int) (number - first)) << 1][];
        for (long n = first; n < limit; n++) {
            wider[(int) n & wider.length - 1] = before[(int) n & before.length - 1];
        }
        table = wider;
    }
}
