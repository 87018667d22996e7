package dev.sluice.rudp.protocol.crypto;

import java.util.Arrays;

/**
 * Which packet numbers have been received, for the last {@link #WIDTH}: a packet is opened and acted on once (RFC 6479's ring of
 * words). Older ones count as received. Its owner's thread only.
 */
public final class ReplayWindow {
    /** Packet numbers remembered. */
    public static final int WIDTH = 8192;

    /** A power of two of words, more than the window: those beyond it are being filled. */
    private final long[] words = new long[WIDTH / 64 * 2];
    private long largest = -1;

    /** Whether it was received, or is too old to tell. */
    public boolean contains(long packetNumber) {
        if (packetNumber > largest) {
            return false;
        }
        return largest - packetNumber >= WIDTH || (words[word(packetNumber)] & (1L << packetNumber)) != 0;
    }

    /** Notes one that is genuine. */
    public void add(long packetNumber) {
        if (packetNumber > largest) {
            long from = (largest >> 6) + 1;
            long to = packetNumber >> 6;
            if (to - from >= words.length) {
                Arrays.fill(words, 0);
            } else {
                for (long w = from; w <= to; w++) {
                    words[(int) (w & (words.length - 1))] = 0;
                }
            }
            largest = packetNumber;
        }
        if (largest - packetNumber < WIDTH) {
            words[word(packetNumber)] |= 1L << packetNumber;
        }
    }

    /** Largest noted; -1 for none. */
    public long largest() {
        return largest;
    }

    private int word(long packetNumber) {
        return (int) ((packetNumber >> 6) & (words.length - 1));
    }
}
