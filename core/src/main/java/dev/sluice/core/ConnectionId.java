package dev.sluice.core;

import java.util.concurrent.ThreadLocalRandom;

/**
 * Names one connection in every log line, at both ends of a tunnel, and in {@code /connections}.
 *
 * @param value 50 random bits: short to read, and no two alike among those alive
 */
public record ConnectionId(long value) {
    private static final char[] ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz".toCharArray();
    private static final int LENGTH = 10;

    /** A new one. */
    public static ConnectionId next() {
        return new ConnectionId(ThreadLocalRandom.current().nextLong(1L << (5 * LENGTH)));
    }

    /** Written out: the one that comes with a record is linked at run time, while the first client waits. */
    @Override
    public int hashCode() {
        return Long.hashCode(value);
    }

    /** Ten characters of Crockford's base 32. */
    @Override
    public String toString() {
        char[] text = new char[LENGTH];
        long rest = value;
        for (int i = LENGTH - 1; i >= 0; i--) {
            text[i] = ALPHABET[(int) (rest & 31)];
            rest >>>= 5;
        }
        return new String(text);
    }
}
