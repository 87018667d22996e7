package dev.sluice.rudp.protocol.crypto;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * CPace, a password-authenticated key exchange (draft-irtf-cfrg-cpace, CPACE-X25519-SHA512, initiator-responder). Both sides map the
 * password to a point and do Diffie-Hellman over that point instead of the base point. What they send is a random point to everyone
 * who does not know the password, and what they get is the same key only if the passwords were the same: whoever takes part learns
 * whether one guess was right, and whoever listens learns nothing.
 *
 * <p>The session identifier is empty here: the shares travel inside a Noise handshake whose hash covers them, and its keys depend on it.
 */
final class Cpace {
    private static final BigInteger P = BigInteger.ONE.shiftLeft(255).subtract(BigInteger.valueOf(19));
    private static final BigInteger A = BigInteger.valueOf(486662);
    private static final byte[] DSI = ascii("CPace255");
    private static final byte[] DSI_KEY = ascii("CPace255_ISK");
    /** Block of SHA-512: the password is padded to fill one, so that hashing the rest takes the same time for all. */
    private static final int BLOCK = 128;

    private final X25519 scalar;
    private final PublicKey share;

    /** One side of one run, with a fresh scalar. */
    Cpace(PublicKey generator) throws HandshakeException {
        this(generator, X25519.generate());
    }

    Cpace(PublicKey generator, X25519 scalar) throws HandshakeException {
        this.scalar = scalar;
        this.share = PublicKey.of(scalar.agree(generator));
    }

    /** What this side sends. */
    PublicKey share() {
        return share;
    }

    /**
     * The shared key, 64 bytes.
     *
     * @throws HandshakeException if the peer's share has small order
     */
    byte[] key(PublicKey peer, boolean initiator, byte[] sid, byte[] initiatorData, byte[] responderData)
            throws HandshakeException {
        byte[] point = scalar.agree(peer);
        byte[] text = prefixed(DSI_KEY, sid, point, (initiator ? share : peer).raw(), initiatorData,
                (initiator ? peer : share).raw(), responderData);
        Arrays.fill(point, (byte) 0);
        return sha512(text);
    }

    /** Maps a password to the point that is used in place of the base point. Once for each password. */
    static PublicKey generator(byte[] password, byte[] channel, byte[] sid) {
        int head = prefixed(DSI, password).length;
        byte[] padding = new byte[Math.max(0, BLOCK - 1 - head)];
        return PublicKey.of(elligator2(Arrays.copyOf(sha512(prefixed(DSI, password, padding, channel, sid)), 32)));
    }

    /** Elligator 2 for Curve25519 (RFC 9380 §6.7.1) with the non-square 2; gives the u coordinate. */
    private static byte[] elligator2(byte[] field) {
        BigInteger r = X25519.coordinate(field).mod(P);
        BigInteger denominator = r.multiply(r).shiftLeft(1).add(BigInteger.ONE).mod(P);
        BigInteger v = A.negate().multiply(denominator.modInverse(P)).mod(P);
        BigInteger right = v.multiply(v).multiply(v.add(A)).add(v).mod(P);
        boolean square = right.signum() == 0 || right.modPow(P.shiftRight(1), P).equals(BigInteger.ONE);
        return X25519.littleEndian(square ? v : v.negate().subtract(A).mod(P));
    }

    /** Each part after its length as LEB128: lv_cat of the draft. */
    private static byte[] prefixed(byte[]... parts) {
        byte[] all = new byte[0];
        for (byte[] part : parts) {
            int at = all.length;
            boolean two = part.length > 0x7f;
            all = Arrays.copyOf(all, at + (two ? 2 : 1) + part.length);
            all[at++] = (byte) (two ? (part.length & 0x7f) | 0x80 : part.length);
            if (two) {
                all[at++] = (byte) (part.length >>> 7);
            }
            System.arraycopy(part, 0, all, at, part.length);
        }
        return all;
    }

    private static byte[] sha512(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-512").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
