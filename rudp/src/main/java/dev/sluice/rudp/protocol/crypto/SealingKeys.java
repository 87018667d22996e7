package dev.sluice.rudp.protocol.crypto;

import javax.crypto.Cipher;

/** What one direction is sealed with: the current phase, how much it has sealed, and when it may change. */
class SealingKeys {
    private final HeaderKey header;
    private final Cipher cipher;
    private final long updateAfter;
    private final long limit;

    private PacketKey key;
    private boolean phase;
    private long sealed;
    private long firstOfPhase = -1;
    private boolean acked;
    private long updates;
    private boolean awaitsAnswer;

    SealingKeys(Aead aead, HeaderKey header, PacketKey key, long updateAfter) {
        this.header = header;
        this.key = key;
        this.cipher = PacketKey.cipher(aead);
        this.updateAfter = updateAfter;
        this.limit = aead.confidentialityLimit();
    }

    boolean phase() {
        return phase;
    }

    long updates() {
        return updates;
    }

    /** Whether this side began the phase and the peer has not followed yet. */
    boolean awaitsAnswer() {
        return awaitsAnswer;
    }

    /** This side begins a phase. */
    void awaitAnswer() {
        awaitsAnswer = true;
    }

    /** The peer is in the same phase. */
    void onAnswer() {
        awaitsAnswer = false;
    }

    /** Whether enough is sealed for a change. */
    boolean due() {
        return sealed >= updateAfter;
    }

    /** Whether a packet of this phase was acknowledged, so that the next phase may begin (RFC 9001 §6.1). */
    boolean acked() {
        return acked;
    }

    boolean exhausted() {
        return sealed >= limit;
    }

    void onAcked(long packetNumber) {
        acked |= firstOfPhase >= 0 && packetNumber >= firstOfPhase;
    }

    void update() {
        PacketKey old = key;
        key = old.next();
        old.destroy();
        phase = !phase;
        sealed = 0;
        firstOfPhase = -1;
        acked = false;
        updates++;
    }

    int seal(byte[] packet, int offset, int headerLength, int payloadLength, long packetNumber) {
        if (exhausted()) {
            throw new IllegalStateException("the key has sealed all that it may");
        }
        int first = packet[offset];
        int numberLength = (first & 0x03) + 1;
        boolean longHeader = (first & 0x80) != 0;
        if (!longHeader) {
            packet[offset] = (byte) (phase ? first | 0x04 : first & ~0x04);
        }
        int number = offset + headerLength - numberLength;
        for (int i = 0; i < numberLength; i++) {
            packet[number + i] = (byte) (packetNumber >>> (8 * (numberLength - 1 - i)));
        }
        key.seal(cipher, packet, offset, headerLength, payloadLength, packetNumber);
        byte[] mask = header.mask(packet, number + 4);
        packet[offset] ^= (byte) (mask[0] & (longHeader ? 0x0f : 0x1f));
        for (int i = 0; i < numberLength; i++) {
            packet[number + i] ^= mask[1 + i];
        }
        sealed++;
        if (firstOfPhase < 0) {
            firstOfPhase = packetNumber;
        }
        return headerLength + payloadLength + PacketProtection.TAG_LENGTH;
    }

    void destroy() {
        key.destroy();
    }
}
