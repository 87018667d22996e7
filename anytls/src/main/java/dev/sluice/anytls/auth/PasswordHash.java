package dev.sluice.anytls.auth;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What a client sends instead of its password, and the form in which a server keeps it. On the wire it is the SHA-256 of the
 * password's UTF-8 bytes. A server keeps a keyed digest of that, so that the time of a look-up tells nothing about the hashes that
 * it knows: who chooses the bytes does not choose the digests that are compared. Any thread.
 */
public final class PasswordHash {
    /** Bytes on the wire. */
    public static final int LENGTH = 32;
    /** So many bytes decide whether a peer may be one of ours: no site speaks so, and nobody finds them by trying. */
    public static final int PREFIX = 8;

    private final SecretKeySpec key;

    /** Digests under a fresh key, which lives as long as this object. */
    public PasswordHash() {
        byte[] secret = new byte[LENGTH];
        new SecureRandom().nextBytes(secret);
        key = new SecretKeySpec(secret, "HmacSHA256");
    }

    /** The hash of {@code password} as it is sent. */
    public static byte[] of(String password) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(password.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** The digest of the first {@code length} bytes of {@code hash}. Equal bytes have equal digests under one key. */
    public Digest digest(byte[] hash, int length) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            mac.update(hash, 0, length);
            return new Digest(mac.doFinal());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }

    /** A key of a table. Immutable. */
    public static final class Digest {
        private final byte[] bytes;

        private Digest(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Digest d && MessageDigest.isEqual(bytes, d.bytes);
        }

        @Override
        public int hashCode() {
            return bytes[0] << 24 | (bytes[1] & 0xff) << 16 | (bytes[2] & 0xff) << 8 | (bytes[3] & 0xff);
        }

        @Override
        public String toString() {
            return "digest";
        }
    }
}
