package dev.sluice.rudp.protocol.crypto;

/**
 * Which packet numbers have been received, for the last {@link #WIDTH}: a packet is opened and acted on once (RFC 6479's ring of
 * words). Older ones count as received. Its owner's thread only.
 */
public final class ReplayWindow {
    /** Packet numbers remembered. */
    public static final int WIDTH = 8192;

    private long largest = -1;

    /** Whether it was received, or is too old to tell. */
    public boolean contains(long packetNumber) {
        throw new UnsupportedOperationException();
    }

    /** Notes one that is genuine. */
    public void add(long packetNumber) {
        throw new UnsupportedOperationException();
    }

    /** Largest noted; -1 for none. */
    public long largest() {
        return largest;
    }
}
