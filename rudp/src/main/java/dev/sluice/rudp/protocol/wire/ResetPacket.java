package dev.sluice.rudp.protocol.wire;

import java.util.random.RandomGenerator;

/**
 * A stateless reset (RFC 9000 §10.3): looks like any short packet, ends in a token that only the owner of the connection ID can have
 * made. It tells a peer that its connection is no longer known.
 */
public final class ResetPacket {
    /** Bytes of the token at the end. */
    public static final int TOKEN_LENGTH = 16;
    /** A shorter datagram could not be told from other short packets. */
    public static final int MIN_LENGTH = 5 + TOKEN_LENGTH;

    private static final int USUAL_LENGTH = 41;

    private ResetPacket() {}

    /**
     * Writes a reset that is shorter than the datagram which brings it about, so that two ends never answer each other for ever.
     *
     * @return its length, or 0 if that datagram was too short to be answered
     */
    public static int write(byte[] token, int triggerLength, RandomGenerator random, byte[] out, int offset) {
        int length = Math.min(USUAL_LENGTH, triggerLength - 1);
        if (length < MIN_LENGTH) {
            return 0;
        }
        for (int i = 0; i < length - TOKEN_LENGTH; i++) {
            out[offset + i] = (byte) random.nextInt(256);
        }
        out[offset] = (byte) ((out[offset] & 0x3F) | 0x40);
        System.arraycopy(token, 0, out, offset + length - TOKEN_LENGTH, TOKEN_LENGTH);
        return length;
    }
}
