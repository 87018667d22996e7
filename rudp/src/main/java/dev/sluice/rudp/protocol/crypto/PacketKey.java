package dev.sluice.rudp.protocol.crypto;

import java.security.GeneralSecurityException;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** The AEAD key of one direction and key phase (RFC 9001 §5.1, §5.3). Ciphers are lent by the direction that uses it. */
final class PacketKey {
    private static final int TAG_BITS = 128;

    private final Aead aead;
    private final byte[] secret;
    private final SecretKey key;
    private final byte[] iv;
    private final byte[] nonce = new byte[12];

    /** From the secret of a phase. */
    static PacketKey of(Aead aead, byte[] secret) {
        return new PacketKey(aead, secret, Hkdf.expand(secret, "key", aead.keyLength()), Hkdf.expand(secret, "iv", 12));
    }

    /** Takes ownership of the arrays. */
    PacketKey(Aead aead, byte[] secret, byte[] key, byte[] iv) {
        this.aead = aead;
        this.secret = secret;
        this.key = new SecretKeySpec(key, aead == Aead.AES_GCM ? "AES" : "ChaCha20");
        this.iv = iv;
        Arrays.fill(key, (byte) 0);
    }

    /** The key of the next phase (RFC 9001 §6.1). */
    PacketKey next() {
        return of(aead, Hkdf.expand(secret, "ku", 32));
    }

    static Cipher cipher(Aead aead) {
        try {
            return Cipher.getInstance(aead == Aead.AES_GCM ? "AES/GCM/NoPadding" : "ChaCha20-Poly1305");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Seals in place. */
    void seal(Cipher cipher, byte[] packet, int header, int headerLength, int payloadLength, long packetNumber) {
        try {
            cipher.init(Cipher.ENCRYPT_MODE, key, parameters(packetNumber));
            cipher.updateAAD(packet, header, headerLength);
            int payload = header + headerLength;
            cipher.doFinal(packet, payload, payloadLength, packet, payload);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Opens into another array; the length of the payload, or -1. */
    int open(Cipher cipher, byte[] packet, int header, int headerLength, int sealedLength, long packetNumber, byte[] payload,
            int payloadOffset) {
        try {
            cipher.init(Cipher.DECRYPT_MODE, key, parameters(packetNumber));
            cipher.updateAAD(packet, header, headerLength);
            return cipher.doFinal(packet, header + headerLength, sealedLength, payload, payloadOffset);
        } catch (AEADBadTagException e) {
            return -1;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    void destroy() {
        Arrays.fill(secret, (byte) 0);
        Arrays.fill(iv, (byte) 0);
    }

    private AlgorithmParameterSpec parameters(long packetNumber) {
        System.arraycopy(iv, 0, nonce, 0, 4);
        for (int i = 0; i < 8; i++) {
            nonce[4 + i] = (byte) (iv[4 + i] ^ (packetNumber >>> (56 - 8 * i)));
        }
        return aead == Aead.AES_GCM ? new GCMParameterSpec(TAG_BITS, nonce) : new IvParameterSpec(nonce);
    }
}
