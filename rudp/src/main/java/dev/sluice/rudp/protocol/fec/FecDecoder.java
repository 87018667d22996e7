package dev.sluice.rudp.protocol.fec;

/**
 * Recovers lost packets from repair symbols: keeps the payloads of the last packets received and the repair symbols of blocks that miss
 * some. Bounded in packets and bytes; the oldest go. Its owner's thread only.
 */
public final class FecDecoder {

    /** Gets what was recovered. */
    @FunctionalInterface
    public interface Sink {
        /** The payload of a packet that was lost, as if it had been received; the array is used again. */
        void onRecovered(long packetNumber, byte[] payload, int offset, int length);
    }

    /**
     * A decoder.
     *
     * @param maxPayload bytes of the longest payload
     */
    public FecDecoder(int maxPayload, Sink sink) {}

    /** A packet was received. */
    public void onSource(long packetNumber, byte[] payload, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    /**
     * A repair symbol's frame body was received.
     *
     * @return false where it breaks the rules of the format
     */
    public boolean onRepair(byte[] body, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    /** Packets recovered. */
    public long recovered() {
        throw new UnsupportedOperationException();
    }
}
