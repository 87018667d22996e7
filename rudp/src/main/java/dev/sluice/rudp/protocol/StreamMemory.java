package dev.sluice.rudp.protocol;

import java.util.ArrayDeque;

/**
 * What the streams of all connections of a thread keep their bytes in: arrays of one size that are used again and again, never garbage
 * while anything flows, and a budget that those streams share.
 *
 * <p>A stream may hold as much as nobody else holds ({@link #share}): the rule of Choudhury and Hahne's dynamic thresholds for the buffers
 * of a switch. One that is alone may take half of the budget; a thousand that are slow get little each, {@link #LEAST} in any case, and
 * nobody has to be counted or told.
 */
public final class StreamMemory {
    static final int SHIFT = 14;
    /** Bytes of a chunk. */
    static final int CHUNK = 1 << SHIFT;
    /** What each stream may hold, however little is left. */
    static final int LEAST = 64 * 1024;
    private static final int SMALLEST = 2048;

    private final long budget;
    private final ArrayDeque<byte[]> spares = new ArrayDeque<>();
    /** So many spares were not needed since the last {@link #trim}. */
    private int unneeded;
    private long held;
    private byte[] opened = new byte[0];

    /** Memory with a budget in bytes; it is exceeded where {@link #LEAST} for every stream is more. */
    public StreamMemory(long budget) {
        this.budget = budget;
    }

    /** How much one stream, or one window, may have now. */
    long share() {
        return Math.max(LEAST, budget - held);
    }

    /** Bytes that are held now. */
    public long held() {
        return held;
    }

    /** Bytes of streams that are held elsewhere, until they are counted with the other sign. */
    public void count(long bytes) {
        held += bytes;
    }

    /** An array of at least {@code size} bytes, at most {@link #CHUNK}: a chunk, or a smaller one for a stream that may stay small. */
    byte[] take(int size) {
        byte[] taken;
        if (size <= CHUNK / 2) {
            taken = new byte[Math.max(SMALLEST, Integer.highestOneBit(size - 1) << 1)];
        } else {
            byte[] spare = spares.poll();
            taken = spare == null ? new byte[CHUNK] : spare;
            unneeded = Math.min(unneeded, spares.size());
        }
        held += taken.length;
        return taken;
    }

    /** An array of {@link #take} that nobody uses any more. */
    void give(byte[] taken) {
        held -= taken.length;
        if (taken.length == CHUNK && held + (long) CHUNK * spares.size() < budget) {
            spares.push(taken);
        }
    }

    /** Gives up the spares that were not needed since the last call. Returns whether some are left: then it is to be called again. */
    public boolean trim() {
        for (int i = 0; i < unneeded; i++) {
            spares.pollLast();
        }
        unneeded = spares.size();
        return unneeded > 0;
    }

    /** The array that packets are opened into, one after the other; of at least {@code length} bytes. */
    byte[] opened(int length) {
        if (opened.length < length) {
            opened = new byte[Math.max(length, SMALLEST)];
        }
        return opened;
    }
}
