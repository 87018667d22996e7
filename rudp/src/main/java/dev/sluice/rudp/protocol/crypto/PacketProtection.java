package dev.sluice.rudp.protocol.crypto;

import org.jspecify.annotations.Nullable;

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

    /** Packets that a key seals before the next takes over: far below the limit of AES-GCM, some tenths of a second at full speed. */
    private static final long UPDATE_AFTER = 1 << 20;
    private static final long KEEP_OLD_NANOS = 3_000_000_000L;

    private final Aead aead;
    private final @Nullable SealingKeys sealing;
    private final @Nullable OpeningKeys opening;
    private long keepOldNanos = KEEP_OLD_NANOS;
    private long failures;

    PacketProtection(Aead aead, @Nullable SealingKeys sealing, @Nullable OpeningKeys opening) {
        this.aead = aead;
        this.sealing = sealing;
        this.opening = opening;
    }

    /**
     * Keys of both directions, each from a secret of 32 bytes.
     *
     * @implNote takes ownership of the arrays
     */
    public static PacketProtection of(Aead aead, byte[] sealingSecret, byte[] openingSecret) {
        return of(aead, sealingSecret, openingSecret, UPDATE_AFTER);
    }

    static PacketProtection of(Aead aead, byte[] sealingSecret, byte[] openingSecret, long updateAfter) {
        return new PacketProtection(aead, sealingKeys(aead, sealingSecret, updateAfter), openingKeys(aead, openingSecret));
    }

    /** Keys that only seal: a client's early data. */
    static PacketProtection sealing(Aead aead, byte[] secret) {
        return new PacketProtection(aead, sealingKeys(aead, secret.clone(), Long.MAX_VALUE), null);
    }

    /** Keys that only open: early data at the server. */
    static PacketProtection opening(Aead aead, byte[] secret) {
        return new PacketProtection(aead, null, openingKeys(aead, secret.clone()));
    }

    private static SealingKeys sealingKeys(Aead aead, byte[] secret, long updateAfter) {
        return new SealingKeys(aead, HeaderKey.of(aead, secret), PacketKey.of(aead, secret), updateAfter);
    }

    private static OpeningKeys openingKeys(Aead aead, byte[] secret) {
        return new OpeningKeys(aead, HeaderKey.of(aead, secret), PacketKey.of(aead, secret));
    }

    /**
     * How many bytes of {@code packetNumber} are sent: enough for a window twice as large as what is not acknowledged (RFC 9000 §A.2).
     *
     * @param largestAcked of the peer; -1 for none
     * @return 1 to 4
     */
    public static int packetNumberLength(long packetNumber, long largestAcked) {
        long unacked = packetNumber - largestAcked;
        return unacked < 1 << 7 ? 1 : unacked < 1 << 15 ? 2 : unacked < 1 << 23 ? 3 : 4;
    }

    /** The number nearest to the one expected that ends with these bytes (RFC 9000 §A.3). */
    static long decode(long truncated, int length, long largest) {
        long expected = largest + 1;
        long window = 1L << (8 * length);
        long candidate = (expected & -window) | truncated;
        if (candidate <= expected - window / 2 && candidate < (1L << 62) - window) {
            return candidate + window;
        }
        return candidate > expected + window / 2 && candidate >= window ? candidate - window : candidate;
    }

    /**
     * Seals a packet in place, and masks its header.
     *
     * @param packet holds the header, with room for the packet number, and behind it the payload and room for the tag
     * @param offset where the packet begins
     * @param headerLength bytes of the header with the packet number, whose length the first byte tells; the number itself and the key
     *        phase are written here
     * @param payloadLength bytes of the payload
     * @param packetNumber in full; never the same twice
     * @return bytes of the whole packet
     * @throws IllegalStateException if the key's limit is reached; see {@link #exhausted()}
     */
    public int seal(byte[] packet, int offset, int headerLength, int payloadLength, long packetNumber) {
        SealingKeys keys = sealing();
        if (keys.due()) {
            updateKeys();
        }
        return keys.seal(packet, offset, headerLength, payloadLength, packetNumber);
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
        if (opening == null || length < packetNumberOffset + 4 + HeaderKey.SAMPLE) {
            failures++;
            return NOT_AUTHENTIC;
        }
        long packetNumber = opening.open(now, keepOldNanos, packet, offset, length, packetNumberOffset, largestReceived, payload,
                payloadOffset);
        if (packetNumber == NOT_AUTHENTIC) {
            failures++;
        } else if (sealing != null && sealing.phase() != opening.phase() && !sealing.awaitsAnswer()) {
            // the peer began a phase: we follow before we answer (RFC 9001 §6.2)
            sealing.update();
        } else if (sealing != null && sealing.phase() == opening.phase()) {
            sealing.onAnswer();
        }
        return packetNumber;
    }

    /** Bytes of payload that the last successful {@link #open} wrote. */
    public int payloadLength() {
        return opening == null ? 0 : opening.payloadLength();
    }

    /** The peer has acknowledged this packet: one of the current keys makes the next key update possible (RFC 9001 §6.1). */
    public void onAcked(long packetNumber) {
        if (sealing != null) {
            sealing.onAcked(packetNumber);
        }
    }

    /** How long the keys before the current ones still open reordered packets, ns; three probe time-outs (RFC 9001 §6.5). */
    public void keepOldKeysFor(long nanos) {
        keepOldNanos = nanos;
    }

    /** Updates keys now rather than when they have sealed enough; false while the last update is not acknowledged. */
    public boolean updateKeys() {
        if (sealing == null || opening == null || !sealing.acked() || sealing.phase() != opening.phase()) {
            return false;
        }
        sealing.update();
        sealing.awaitAnswer();
        return true;
    }

    /** How often the sealing keys have been updated. */
    public long keyUpdates() {
        return sealing == null ? 0 : sealing.updates();
    }

    /** Packets that did not open. */
    public long failures() {
        return failures;
    }

    /** A limit of the cipher is reached (RFC 9001 §6.6): the connection must end without another packet. */
    public boolean exhausted() {
        return failures >= aead.integrityLimit() || (sealing != null && sealing.exhausted());
    }

    /** Wipes the keys as far as the platform lets us. */
    public void destroy() {
        if (sealing != null) {
            sealing.destroy();
        }
        if (opening != null) {
            opening.destroy();
        }
    }

    private SealingKeys sealing() {
        if (sealing == null) {
            throw new IllegalStateException("these keys only open");
        }
        return sealing;
    }
}
