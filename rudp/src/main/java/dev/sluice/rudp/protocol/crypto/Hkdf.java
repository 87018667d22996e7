package dev.sluice.rudp.protocol.crypto;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** HKDF-SHA256 (RFC 5869) in the two forms used here. */
final class Hkdf {
    private static final String ALGORITHM = "HKDF-SHA256";
    private static final String PREFIX = "sluice rudp ";

    private Hkdf() {}

    /** Noise's HKDF (§4.3): the chaining key is the salt and the info is empty, so its outputs are one expansion cut in pieces. */
    static byte[] noise(byte[] chainingKey, byte[] input, int length) {
        try {
            return KDF.getInstance(ALGORITHM)
                    .deriveData(HKDFParameterSpec.ofExtract().addSalt(chainingKey).addIKM(input).thenExpand(null, length));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Expands a secret of 32 bytes for one purpose. As TLS 1.3 does it (RFC 8446 §7.1): the info is the length, two bytes, then label and
     * context, each after a byte that gives its length.
     */
    static byte[] expand(byte[] secret, String label, byte[] context, int length) {
        byte[] name = (PREFIX + label).getBytes(StandardCharsets.US_ASCII);
        byte[] info = new byte[2 + 1 + name.length + 1 + context.length];
        info[0] = (byte) (length >> 8);
        info[1] = (byte) length;
        info[2] = (byte) name.length;
        System.arraycopy(name, 0, info, 3, name.length);
        info[3 + name.length] = (byte) context.length;
        System.arraycopy(context, 0, info, 4 + name.length, context.length);
        try {
            return KDF.getInstance(ALGORITHM)
                    .deriveData(HKDFParameterSpec.expandOnly(new SecretKeySpec(secret, "HKDF"), info, length));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static byte[] expand(byte[] secret, String label, int length) {
        return expand(secret, label, new byte[0], length);
    }
}
