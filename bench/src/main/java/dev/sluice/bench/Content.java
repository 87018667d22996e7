package dev.sluice.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The bytes that every download of the link benchmarks consists of, known to both ends by their offset: a receiver compares what
 * it gets, byte by byte, also where it stops in the middle. One thread.
 */
final class Content {
    /** Not a power of two, so that a piece that is lost or doubled does not line up again. */
    private static final int PERIOD = (1 << 20) - 3;

    private final byte[] twice = new byte[PERIOD * 2];

    Content() {
        byte[] once = new byte[PERIOD];
        new SplittableRandom(42).nextBytes(once);
        System.arraycopy(once, 0, twice, 0, PERIOD);
        System.arraycopy(once, 0, twice, PERIOD, PERIOD);
    }

    /** Fills {@code to} with what stands at {@code offset}; {@code length} at most a period. */
    void fill(byte[] to, int length, long offset) {
        System.arraycopy(twice, (int) (offset % PERIOD), to, 0, length);
    }

    /** Whether the first {@code length} bytes of {@code got} are those at {@code offset}; {@code length} at most a period. */
    boolean matches(byte[] got, int length, long offset) {
        int start = (int) (offset % PERIOD);
        return Arrays.equals(got, 0, length, twice, start, start + length);
    }

    /** Writes the first {@code mib} MiB into a file. */
    Path file(Path path, int mib) throws IOException {
        byte[] block = new byte[1 << 19];
        try (OutputStream out = Files.newOutputStream(path)) {
            for (long at = 0; at < (long) mib << 20; at += block.length) {
                fill(block, block.length, at);
                out.write(block);
            }
        }
        return path;
    }
}
