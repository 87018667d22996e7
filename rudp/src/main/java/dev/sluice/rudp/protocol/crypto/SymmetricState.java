package dev.sluice.rudp.protocol.crypto;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Noise's SymmetricState and its CipherState (§5.1, §5.2): the hash of all that was said, the chaining key, and the key that messages are
 * encrypted with. A copy is taken before a message is read, so that a forged one can be forgotten.
 */
final class SymmetricState {
    private static final int HASH = 32;
    private static final int TAG = 16;

    private final Aead aead;
    private byte[] hash;
    private byte[] chainingKey;
    private byte @Nullable [] key;
    private long nonce;

    SymmetricState(String noiseName, Aead aead) {
        this.aead = aead;
        byte[] name = noiseName.getBytes(StandardCharsets.US_ASCII);
        this.hash = name.length <= HASH ? Arrays.copyOf(name, HASH) : sha256(name);
        this.chainingKey = hash.clone();
    }

    private SymmetricState(SymmetricState other) {
        this.aead = other.aead;
        this.hash = other.hash.clone();
        this.chainingKey = other.chainingKey.clone();
        this.key = other.key == null ? null : other.key.clone();
        this.nonce = other.nonce;
    }

    SymmetricState copy() {
        return new SymmetricState(this);
    }

    /** Whether what is encrypted now is really encrypted, and so 16 bytes longer. */
    boolean hasKey() {
        return key != null;
    }

    byte[] hash() {
        return hash.clone();
    }

    void mixHash(byte[] data, int offset, int length) {
        MessageDigest digest = digest();
        digest.update(hash);
        digest.update(data, offset, length);
        hash = digest.digest();
    }

    void mixKey(byte[] input) {
        byte[] out = Hkdf.noise(chainingKey, input, 2 * HASH);
        setChainingKey(Arrays.copyOf(out, HASH));
        setKey(Arrays.copyOfRange(out, HASH, 2 * HASH));
        Arrays.fill(out, (byte) 0);
    }

    void mixKeyAndHash(byte[] input) {
        byte[] out = Hkdf.noise(chainingKey, input, 3 * HASH);
        setChainingKey(Arrays.copyOf(out, HASH));
        mixHash(out, HASH, HASH);
        setKey(Arrays.copyOfRange(out, 2 * HASH, 3 * HASH));
        Arrays.fill(out, (byte) 0);
    }

    /** Writes the encryption, or before the first key the plain bytes, and gives the length. */
    int encryptAndHash(byte[] plain, byte[] out, int offset) {
        int length;
        if (key == null) {
            System.arraycopy(plain, 0, out, offset, plain.length);
            length = plain.length;
        } else {
            try {
                length = cipher(Cipher.ENCRYPT_MODE, key).doFinal(plain, 0, plain.length, out, offset);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
            nonce++;
        }
        mixHash(out, offset, length);
        return length;
    }

    byte[] decryptAndHash(byte[] in, int offset, int length, String what) throws HandshakeException {
        byte[] plain;
        if (key == null) {
            plain = Arrays.copyOfRange(in, offset, offset + length);
        } else {
            if (length < TAG) {
                throw new HandshakeException("too short: " + what);
            }
            try {
                plain = cipher(Cipher.DECRYPT_MODE, key).doFinal(in, offset, length);
            } catch (GeneralSecurityException e) {
                throw new HandshakeException("not authentic: " + what);
            }
            nonce++;
        }
        mixHash(in, offset, length);
        return plain;
    }

    /** Noise's Split: 32 bytes for what the initiator sends, then 32 for what the responder sends. */
    byte[] split() {
        return Hkdf.noise(chainingKey, new byte[0], 2 * HASH);
    }

    /**
     * A secret for another use that both sides have at this point of the handshake, bound to all that was said. The chaining key is never
     * an HMAC key for a message of this form elsewhere: Noise uses it on inputs of 0 and 32 bytes, and this info is longer.
     */
    byte[] export(String label) {
        return Hkdf.expand(chainingKey, label, hash, HASH);
    }

    void destroy() {
        Arrays.fill(chainingKey, (byte) 0);
        if (key != null) {
            Arrays.fill(key, (byte) 0);
        }
    }

    private void setChainingKey(byte[] next) {
        Arrays.fill(chainingKey, (byte) 0);
        chainingKey = next;
    }

    private void setKey(byte[] next) {
        if (key != null) {
            Arrays.fill(key, (byte) 0);
        }
        key = next;
        nonce = 0;
    }

    /** Nonces of Noise: four zero bytes, then the counter, big-endian for AESGCM and little-endian for ChaChaPoly (§12). */
    private Cipher cipher(int mode, byte[] with) throws GeneralSecurityException {
        byte[] iv = new byte[12];
        for (int i = 0; i < 8; i++) {
            int shift = aead == Aead.AES_GCM ? 56 - 8 * i : 8 * i;
            iv[4 + i] = (byte) (nonce >>> shift);
        }
        Cipher cipher;
        if (aead == Aead.AES_GCM) {
            cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, new SecretKeySpec(with, "AES"), new GCMParameterSpec(8 * TAG, iv));
        } else {
            cipher = Cipher.getInstance("ChaCha20-Poly1305");
            cipher.init(mode, new SecretKeySpec(with, "ChaCha20"), new IvParameterSpec(iv));
        }
        cipher.updateAAD(hash);
        return cipher;
    }

    private static byte[] sha256(byte[] data) {
        return digest().digest(data);
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
