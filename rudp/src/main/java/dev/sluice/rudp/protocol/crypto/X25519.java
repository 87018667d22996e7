package dev.sluice.rudp.protocol.crypto;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.interfaces.XECPrivateKey;
import java.security.interfaces.XECPublicKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import javax.crypto.KeyAgreement;

/** A key pair of X25519 (RFC 7748), by the platform's provider. Immutable, any thread. */
final class X25519 {
    /** The u coordinate of the base point. */
    private static final PublicKey BASE = PublicKey.of(littleEndian(BigInteger.valueOf(9)));

    private final PrivateKey privateKey;
    private final PublicKey publicKey;

    private X25519(PrivateKey privateKey, PublicKey publicKey) {
        this.privateKey = privateKey;
        this.publicKey = publicKey;
    }

    static X25519 generate() {
        try {
            KeyPair pair = KeyPairGenerator.getInstance("X25519").generateKeyPair();
            return new X25519(pair.getPrivate(), PublicKey.of(littleEndian(((XECPublicKey) pair.getPublic()).getU())));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static X25519 of(byte[] privateBytes) {
        if (privateBytes.length != 32) {
            throw new IllegalArgumentException("a private key has 32 bytes, not " + privateBytes.length);
        }
        PrivateKey key = privateKey(privateBytes);
        try {
            return new X25519(key, PublicKey.of(agree(key, BASE)));
        } catch (InvalidKeyException e) {
            throw new IllegalStateException(e);
        }
    }

    PublicKey publicKey() {
        return publicKey;
    }

    byte[] privateBytes() {
        return ((XECPrivateKey) privateKey).getScalar().orElseThrow();
    }

    /**
     * The shared point.
     *
     * @throws HandshakeException if the peer's point has small order: then the result would not depend on our key
     */
    byte[] agree(PublicKey peer) throws HandshakeException {
        try {
            return agree(privateKey, peer);
        } catch (InvalidKeyException e) {
            throw new HandshakeException("the peer's key has small order");
        }
    }

    private static byte[] agree(PrivateKey key, PublicKey peer) throws InvalidKeyException {
        try {
            KeyAgreement agreement = KeyAgreement.getInstance("X25519");
            agreement.init(key);
            agreement.doPhase(KeyFactory.getInstance("X25519")
                    .generatePublic(new XECPublicKeySpec(NamedParameterSpec.X25519, coordinate(peer.raw()))), true);
            return agreement.generateSecret();
        } catch (InvalidKeyException e) {
            throw e;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static PrivateKey privateKey(byte[] scalar) {
        try {
            return KeyFactory.getInstance("X25519")
                    .generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, scalar.clone()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Decodes a u coordinate; the highest bit is ignored (RFC 7748 §5). */
    static BigInteger coordinate(byte[] bytes) {
        byte[] bigEndian = new byte[32];
        for (int i = 0; i < 32; i++) {
            bigEndian[i] = bytes[31 - i];
        }
        bigEndian[0] &= 0x7f;
        return new BigInteger(1, bigEndian);
    }

    /** 32 bytes, the lowest first. */
    static byte[] littleEndian(BigInteger number) {
        byte[] bigEndian = number.toByteArray();
        byte[] bytes = new byte[32];
        for (int i = 0; i < Math.min(32, bigEndian.length); i++) {
            bytes[i] = bigEndian[bigEndian.length - 1 - i];
        }
        return bytes;
    }
}
