package dev.sluice.rudp.protocol.crypto;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Stateless reset: the 16 bytes that end a datagram from an end that has lost a connection's state. Made of the connection ID with a
 * key that outlives restarts; told to the peer, encrypted, with each connection ID (RFC 9000 §10.3). Its owner's thread only.
 */
public final class ResetToken {
    /** Bytes of a token. */
    public static final int LENGTH = 16;

    private final Mac mac;

    /** Tokens under a key that is derived from the static key, so that a restarted server still knows its old tokens. */
    public ResetToken(StaticKey key) {
        byte[] secret = key.privateBytes();
        try {
            mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(Hkdf.expand(secret, "reset", 32), "HmacSHA256"));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        } finally {
            Arrays.fill(secret, (byte) 0);
        }
    }

    /** The token of a connection ID, written to {@code out}. */
    public void write(byte[] connectionId, int offset, int length, byte[] out, int outOffset) {
        mac.update(connectionId, offset, length);
        System.arraycopy(mac.doFinal(), 0, out, outOffset, LENGTH);
    }

    /** Whether a datagram ends with this token; takes the same time whatever it holds. */
    public static boolean endsWith(byte[] datagram, int offset, int length, byte[] token) {
        if (length < LENGTH || token.length != LENGTH) {
            return false;
        }
        int difference = 0;
        int start = offset + length - LENGTH;
        for (int i = 0; i < LENGTH; i++) {
            difference |= datagram[start + i] ^ token[i];
        }
        return difference == 0;
    }
}
