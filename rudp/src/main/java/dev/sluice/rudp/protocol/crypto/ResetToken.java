package dev.sluice.rudp.protocol.crypto;

/**
 * Stateless reset: the 16 bytes that end a datagram from an end that has lost a connection's state. Made of the connection ID with a
 * key that outlives restarts; told to the peer, encrypted, with each connection ID (RFC 9000 §10.3). Its owner's thread only.
 */
public final class ResetToken {
    /** Bytes of a token. */
    public static final int LENGTH = 16;

    /** Tokens under a key that is derived from the static key, so that a restarted server still knows its old tokens. */
    public ResetToken(StaticKey key) {}

    /** The token of a connection ID, written to {@code out}. */
    public void write(byte[] connectionId, int offset, int length, byte[] out, int outOffset) {
        throw new UnsupportedOperationException();
    }

    /** Whether a datagram ends with this token; takes the same time whatever it holds. */
    public static boolean endsWith(byte[] datagram, int offset, int length, byte[] token) {
        throw new UnsupportedOperationException();
    }
}
