package dev.sluice.rudp.protocol;

/** Seals and opens packets: what a connection asks of {@link dev.sluice.rudp.protocol.crypto.PacketProtection}, with its meaning. */
public interface PacketKeys {
    /** Bytes of the tag at the end of a packet. */
    int TAG_LENGTH = 16;
    /** Shortest payload. */
    int MIN_PAYLOAD = 3;
    /** {@link #open}: not genuine. */
    long NOT_AUTHENTIC = -1;

    /** Seals a packet in place; returns the bytes of the whole packet. */
    int seal(byte[] packet, int offset, int headerLength, int payloadLength, long packetNumber);

    /** Opens a packet into another array; returns its number or {@link #NOT_AUTHENTIC}, and has changed nothing then. */
    long open(long now, byte[] packet, int offset, int length, int packetNumberOffset, long largestReceived, byte[] payload,
            int payloadOffset);

    /** Bytes that the last successful {@link #open} wrote. */
    int payloadLength();

    /** The peer has this packet: a later key update may follow. */
    void onAcked(long packetNumber);

    /** For how long replaced keys still open, ns. */
    void keepOldKeysFor(long nanos);

    /** Updates the keys now, where that is allowed. */
    boolean updateKeys();

    /** How often keys were updated. */
    long keyUpdates();

    /** The cipher's limit is reached. */
    boolean exhausted();

    /** Wipes the keys. */
    void destroy();
}
