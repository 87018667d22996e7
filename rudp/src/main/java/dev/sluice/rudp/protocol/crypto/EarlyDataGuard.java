package dev.sluice.rudp.protocol.crypto;

import java.util.Arrays;

/**
 * Lets data of a first flight in once: remembers the first messages of the last seconds, bounded, and refuses what is older, what was
 * seen, and everything new while it is full (the handshake then goes on without early data; nothing is lost, the client sends it again).
 * One for a whole server: a replay may come to another loop than the original. Its owner's thread only.
 *
 * <p>The client says in the encrypted payload of its first message when it sent it. A server that was started less than a window ago
 * cannot know what it saw before, and refuses.
 */
public final class EarlyDataGuard {
    private static final int KEY = 16;

    private final int capacity;
    private final long windowMillis;
    private final long startedAt;
    /** A message is fit to be replayed for two windows, if its client's clock is ahead; so it is kept for two to four. */
    private Generation current;
    private Generation previous;
    private long currentSince;

    /** First messages of two windows: an open hash table of the first half of their ephemeral keys. */
    private static final class Generation {
        final long[] keys;
        int size;

        Generation(int capacity) {
            keys = new long[2 * Integer.highestOneBit(Math.max(8, capacity) * 4 - 1)];
        }

        /** Where the key is, or where it would go. Ephemeral keys are random, and only a client that knows the secret gets here. */
        int slot(long high, long low) {
            int mask = keys.length / 2 - 1;
            int slot = (int) (high ^ low) & mask;
            while ((keys[2 * slot] != high || keys[2 * slot + 1] != low) && (keys[2 * slot] != 0 || keys[2 * slot + 1] != 0)) {
                slot = (slot + 1) & mask;
            }
            return slot;
        }

        boolean contains(long high, long low) {
            int slot = slot(high, low);
            return keys[2 * slot] == high && keys[2 * slot + 1] == low;
        }

        void add(long high, long low) {
            int slot = slot(high, low);
            keys[2 * slot] = high;
            keys[2 * slot + 1] = low;
            size++;
        }

        void clear() {
            Arrays.fill(keys, 0);
            size = 0;
        }
    }

    /**
     * A guard.
     *
     * @param capacity first messages remembered
     * @param windowMillis how old a first message may be, and how far clocks may be apart
     * @param startedAt wall clock, ms since 1970
     */
    public EarlyDataGuard(int capacity, long windowMillis, long startedAt) {
        this.capacity = Math.max(1, capacity / 2);
        this.windowMillis = windowMillis;
        this.startedAt = startedAt;
        this.currentSince = startedAt;
        this.current = new Generation(this.capacity);
        this.previous = new Generation(this.capacity);
    }

    /**
     * Whether early data of this first message may be used.
     *
     * @param now wall clock, ms since 1970
     * @param clientTime what the client says
     * @param message the first message of the handshake, at {@code offset}; it begins with its ephemeral key
     */
    public boolean admit(long now, long clientTime, byte[] message, int offset) {
        if (now - startedAt < windowMillis || clientTime < now - windowMillis || clientTime > now + windowMillis
                || clientTime < startedAt + windowMillis || message.length - offset < KEY) {
            return false;
        }
        rotate(now);
        long high = read(message, offset);
        long low = read(message, offset + 8);
        if ((high | low) == 0 || current.size >= capacity || current.contains(high, low) || previous.contains(high, low)) {
            return false;
        }
        current.add(high, low);
        return true;
    }

    private void rotate(long now) {
        if (now - currentSince < 2 * windowMillis) {
            return;
        }
        Generation oldest = previous;
        previous = current;
        current = oldest;
        current.clear();
        if (now - currentSince >= 4 * windowMillis) {
            previous.clear();
        }
        currentSince = now;
    }

    private static long read(byte[] bytes, int offset) {
        long value = 0;
        for (int i = 0; i < 8; i++) {
            value = (value << 8) | (bytes[offset + i] & 0xff);
        }
        return value;
    }
}
