package dev.sluice.net;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;

/**
 * The SHA-256 of a leaf certificate's DER bytes, written {@code sha256:HEX}. It names one certificate and so takes the place of
 * chain and name verification. Immutable; any thread.
 */
public final class CertificatePin {
    private static final String PREFIX = "sha256:";

    private final byte[] digest;

    private CertificatePin(byte[] digest) {
        this.digest = digest;
    }

    /**
     * Reads {@code sha256:} and 64 hex digits, in either case; colons between the digits are allowed, as openssl prints them.
     *
     * @throws IllegalArgumentException with what is wrong and what is allowed
     */
    public static CertificatePin parse(String text) {
        if (!text.regionMatches(true, 0, PREFIX, 0, PREFIX.length())) {
            throw new IllegalArgumentException("a pin is written sha256:HEX, with the SHA-256 of the certificate's DER bytes");
        }
        String hex = text.substring(PREFIX.length()).replace(":", "");
        if (hex.length() != 64 || !hex.chars().allMatch(HexFormat::isHexDigit)) {
            throw new IllegalArgumentException("a sha256 pin has 64 hex digits, this one has " + hex.length() + " characters");
        }
        return new CertificatePin(HexFormat.of().parseHex(hex));
    }

    /** The pin of {@code certificate}. */
    public static CertificatePin of(X509Certificate certificate) throws CertificateEncodingException {
        try {
            return new CertificatePin(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has SHA-256
        }
    }

    /** Compares in constant time. */
    public boolean matches(X509Certificate certificate) throws CertificateEncodingException {
        return MessageDigest.isEqual(digest, of(certificate).digest);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CertificatePin pin && MessageDigest.isEqual(digest, pin.digest);
    }

    @Override
    public int hashCode() {
        return digest[0] << 24 | (digest[1] & 0xff) << 16 | (digest[2] & 0xff) << 8 | (digest[3] & 0xff);
    }

    /** What {@link #parse} reads. */
    @Override
    public String toString() {
        return PREFIX + HexFormat.of().formatHex(digest);
    }
}
