package dev.sluice.rudp.protocol.crypto;

import javax.crypto.Cipher;
import org.jspecify.annotations.Nullable;

/**
 * What one direction is opened with: the current phase, the next, made ahead so that a forged packet costs no more than a genuine one
 * (RFC 9001 §6.3), and for a while the one before.
 */
final class OpeningKeys {
    private final HeaderKey header;
    private final Cipher cipher;

    private PacketKey current;
    private PacketKey next;
    private @Nullable PacketKey previous;
    private long previousUntil;
    private boolean phase;
    private long lowestOfPhase;
    private int payloadLength;

    OpeningKeys(Aead aead, HeaderKey header, PacketKey key) {
        this.header = header;
        this.current = key;
        this.next = key.next();
        this.cipher = PacketKey.cipher(aead);
    }

    boolean phase() {
        return phase;
    }

    int payloadLength() {
        return payloadLength;
    }

    /** The packet number, or {@link PacketProtection#NOT_AUTHENTIC}. */
    long open(long now, long keepOld, byte[] packet, int offset, int length, int numberOffset, long largest, byte[] payload,
            int payloadOffset) {
        int number = offset + numberOffset;
        byte[] mask = header.mask(packet, number + 4);
        byte masked = packet[offset];
        boolean longHeader = (masked & 0x80) != 0;
        int first = masked ^ (mask[0] & (longHeader ? 0x0f : 0x1f));
        int numberLength = (first & 0x03) + 1;
        long truncated = 0;
        for (int i = 0; i < numberLength; i++) {
            truncated = (truncated << 8) | ((packet[number + i] ^ mask[1 + i]) & 0xff);
        }
        long packetNumber = PacketProtection.decode(truncated, numberLength, largest);
        boolean otherPhase = !longHeader && ((first & 0x04) != 0) != phase;
        PacketKey key = otherPhase ? ofOtherPhase(now, packetNumber) : current;
        if (key == null) {
            return PacketProtection.NOT_AUTHENTIC;
        }
        int saved = unmask(packet, offset, number, numberLength, (byte) first, truncated);
        int headerLength = numberOffset + numberLength;
        int opened = key.open(cipher, packet, offset, headerLength, length - headerLength, packetNumber, payload, payloadOffset);
        if (opened < 0) {
            unmask(packet, offset, number, numberLength, masked, saved);
            return PacketProtection.NOT_AUTHENTIC;
        }
        payloadLength = opened;
        if (key == next) {
            advance(now + keepOld, packetNumber);
        } else if (key == current && packetNumber < lowestOfPhase) {
            lowestOfPhase = packetNumber;
        }
        return packetNumber;
    }

    void destroy() {
        current.destroy();
        next.destroy();
        if (previous != null) {
            previous.destroy();
        }
    }

    /** A packet number below the current phase was sealed before it, one above begins the next (RFC 9001 §6.5). */
    private @Nullable PacketKey ofOtherPhase(long now, long packetNumber) {
        if (packetNumber >= lowestOfPhase) {
            return next;
        }
        if (previous != null && now - previousUntil >= 0) {
            previous.destroy();
            previous = null;
        }
        return previous;
    }

    private void advance(long until, long packetNumber) {
        if (previous != null) {
            previous.destroy();
        }
        previous = current;
        previousUntil = until;
        current = next;
        next = current.next();
        phase = !phase;
        lowestOfPhase = packetNumber;
    }

    /** Writes the first byte and the packet number; gives what the packet number was. */
    private static int unmask(byte[] packet, int offset, int number, int numberLength, byte first, long value) {
        int before = 0;
        packet[offset] = first;
        for (int i = 0; i < numberLength; i++) {
            before = (before << 8) | (packet[number + i] & 0xff);
            packet[number + i] = (byte) (value >>> (8 * (numberLength - 1 - i)));
        }
        return before;
    }
}
