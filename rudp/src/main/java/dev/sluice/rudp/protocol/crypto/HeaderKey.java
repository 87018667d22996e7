package dev.sluice.rudp.protocol.crypto;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.ChaCha20ParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Masks of header protection (RFC 9001 §5.4): five bytes made of sixteen bytes of the sealed payload. The key stays the same through all
 * key phases. Its owner's thread only.
 */
final class HeaderKey {
    /** Bytes of a sample. */
    static final int SAMPLE = 16;

    private static final int MASK = 5;

    private final Aead aead;
    private final SecretKey key;
    private final Cipher cipher;
    private final byte[] mask = new byte[SAMPLE];
    private final byte[] nonce = new byte[12];
    private final byte[] zeros = new byte[MASK];

    static HeaderKey of(Aead aead, byte[] secret) {
        return new HeaderKey(aead, Hkdf.expand(secret, "hp", aead.headerKeyLength()));
    }

    /** Takes ownership of the array. */
    HeaderKey(Aead aead, byte[] key) {
        this.aead = aead;
        this.key = new SecretKeySpec(key, aead == Aead.AES_GCM ? "AES" : "ChaCha20");
        Arrays.fill(key, (byte) 0);
        try {
            if (aead == Aead.AES_GCM) {
                cipher = Cipher.getInstance("AES/ECB/NoPadding");
                cipher.init(Cipher.ENCRYPT_MODE, this.key);
            } else {
                cipher = Cipher.getInstance("ChaCha20");
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The mask of a sample: the first five bytes of the array, good until the next call. */
    byte[] mask(byte[] packet, int sample) {
        try {
            if (aead == Aead.AES_GCM) {
                cipher.update(packet, sample, SAMPLE, mask, 0);
            } else {
                int counter = (packet[sample] & 0xff) | ((packet[sample + 1] & 0xff) << 8) | ((packet[sample + 2] & 0xff) << 16)
                        | (packet[sample + 3] << 24);
                System.arraycopy(packet, sample + 4, nonce, 0, nonce.length);
                // a key stream is the same either way, and only when encrypting the provider refuses to see a nonce twice
                cipher.init(Cipher.DECRYPT_MODE, key, new ChaCha20ParameterSpec(nonce, counter));
                cipher.doFinal(zeros, 0, MASK, mask, 0);
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
        return mask;
    }
}
