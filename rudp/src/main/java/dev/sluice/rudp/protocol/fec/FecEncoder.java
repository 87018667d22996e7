package dev.sluice.rudp.protocol.fec;

/**
 * Makes repair packets: collects the payloads of packets as they are sent into blocks, and gives for each full block as many repair
 * symbols as {@link FecRate} wants. Any of them makes up for any one lost packet of the block (Reed-Solomon over GF(256)). Memory is one
 * block. Its owner's thread only.
 */
public final class FecEncoder {
    /** Packets in a block, at most. */
    public static final int MAX_BLOCK = 64;
    /** Bytes that a repair symbol's frame body may have beyond the longest payload of its block. */
    public static final int MAX_OVERHEAD = 2 + 4 + 8 + MAX_BLOCK / 8;

    /**
     * An encoder.
     *
     * @param maxPayload bytes of the longest payload to be protected
     */
    public FecEncoder(int maxPayload) {}

    /** A packet with data was sent; its payload (the frames, before sealing) is taken into the block. */
    public void onSent(long packetNumber, byte[] payload, int offset, int length, FecRate rate) {
        throw new UnsupportedOperationException();
    }

    /** Nothing more is to be sent for now: the block is closed early, with its share of repair symbols. */
    public void flush(FecRate rate) {
        throw new UnsupportedOperationException();
    }

    /** Bytes of the next repair symbol's frame body; 0 where none is due. */
    public int pendingLength() {
        throw new UnsupportedOperationException();
    }

    /** Writes the next repair symbol's frame body and gives its length. */
    public int writeRepair(byte[] out, int offset) {
        throw new UnsupportedOperationException();
    }
}
