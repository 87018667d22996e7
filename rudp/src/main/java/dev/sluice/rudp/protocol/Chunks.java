package dev.sluice.rudp.protocol;

import java.util.ArrayDeque;

/**
 * Arrays of one size that the streams of a connection store their bytes in, and a few that wait for the next use: a stream that flows
 * gives one back as often as it takes one. What a pause leaves is given up with {@link #free}.
 */
final class Chunks {
    static final int SHIFT = 14;
    /** Bytes of a chunk. */
    static final int SIZE = 1 << SHIFT;

    /** What is kept covers what arrives between two turns of a loop. */
    private static final int SPARES = 64;

    private final ArrayDeque<byte[]> spares = new ArrayDeque<>();

    byte[] take() {
        byte[] spare = spares.poll();
        return spare == null ? new byte[SIZE] : spare;
    }

    /** An array that nobody uses any more, of whatever size. */
    void give(byte[] chunk) {
        if (chunk.length == SIZE && spares.size() < SPARES) {
            spares.push(chunk);
        }
    }

    void free() {
        spares.clear();
    }
}
