package dev.sluice.rudp.protocol.crypto;

/**
 * Seals and opens the packets of one connection: AEAD with the packet number as nonce and the header as associated data, header
 * protection (RFC 9001 §5.4), key updates (RFC 9001 §6). Its owner's thread only; nothing is allocated for a packet but what
 * {@code javax.crypto} itself allocates. Arrays, not direct buffers: ciphers are half as fast again on arrays.
 *
 * <p>A packet is a header that ends with the packet number, the sealed payload, and a tag of {@link #TAG_LENGTH} bytes. The first byte
 * of the header, before masking:
 *
 * <pre>
 * 0x80  set in long headers (0-RTT): the low four bits are masked; clear in short ones: the low five are
 * 0x04  key phase, in short headers; written by {@link #seal}
 * 0x03  length of the packet number less one; written by the caller
 * </pre>
 *
 * Sealed payload and tag must be long enough for the sample of the mask: payload of at least {@link #MIN_PAYLOAD} bytes.
 */
public final class PacketProtection {
    /** Bytes of the tag at the end of a packet. */
    public static final int TAG_LENGTH = 16;
    /** Shortest payload, so that the mask has a sample whatever the length of the packet number: pad to it. */
    public static final int MIN_PAYLOAD = 3;
    /** {@link #open}: the packet is not genuine, or of keys that are gone. */
    public static final long NOT_AUTHENTIC = -1;

    private PacketProtection() {}

    /**
     * How many bytes of {@code packetNumber} are sent: enough for a window twice as large as what is not acknowledged (RFC 9000 §A.2).
     *
     * @param largestAcked of the peer; -1 for none
     * @return 1 to 4
     */
    public static int packetNumberLength(long packetNumber, long largestAcked) {
        throw new UnsupportedOperationException();
    }

    /**
     * Seals a packet in place.
     *
     * @param packet holds the header, the packet number included, and behind it the payload and room for the tag
     * @param offset where the packet begins
     * @param headerLength bytes of the header with the packet number
     * @param payloadLength bytes of the payload
     * @param packetNumber in full; never the same twice
     * @return bytes of the whole packet
     * @throws IllegalStateException if the key's limit is reached; see {@link #exhausted()}
     */
    public int seal(byte[] packet, int offset, int headerLength, int payloadLength, long packetNumber) {
        throw new UnsupportedOperationException();
    }

    /**
     * Opens a packet. At most one AEAD operation; a packet that is not genuine changes nothing but {@link #failures()} and is left as
     * it was.
     *
     * @param now for the life of old keys
     * @param packet the header is unmasked in place if the packet is genuine
     * @param offset where it begins
     * @param length of all of it
     * @param packetNumberOffset from {@code offset} to the packet number
     * @param largestReceived largest packet number that was genuine; -1 for none
     * @param payload where the payload goes, at {@code payloadOffset}; another array than {@code packet}
     * @return the packet number, or {@link #NOT_AUTHENTIC}
     */
    public long open(long now, byte[] packet, int offset, int length, int packetNumberOffset, long largestReceived,
            byte[] payload,
            int payloadOffset) {
        throw new UnsupportedOperationException();
    }

    /** Bytes of payload that the last successful {@link #open} wrote. */
    public int payloadLength() {
        throw new UnsupportedOperationException();
    }

    /** The peer has acknowledged this packet: one of the current keys makes the next key update possible (RFC 9001 §6.1). */
    public void onAcked(long packetNumber) {
        throw new UnsupportedOperationException();
    }

    /** How long the keys before the current ones still open reordered packets, ns; three probe time-outs (RFC 9001 §6.5). */
    public void keepOldKeysFor(long nanos) {
        throw new UnsupportedOperationException();
    }

    /** Updates keys now rather than when they have sealed enough; false while the last update is not acknowledged. For tests. */
    public boolean updateKeys() {
        throw new UnsupportedOperationException();
    }

    /** How often the sealing keys have been updated. */
    public long keyUpdates() {
        throw new UnsupportedOperationException();
    }

    /** Packets that did not open. */
    public long failures() {
        throw new UnsupportedOperationException();
    }

    /** A limit of the cipher is reached (RFC 9001 §6.6): the connection must end without another packet. */
    public boolean exhausted() {
        throw new UnsupportedOperationException();
    }

    /** Wipes the keys as far as the platform lets us. */
    public void destroy() {}
}
