package dev.sluice.rudp.protocol.crypto;

/**
 * How many handshakes a source may cost: a token bucket for each address (an IPv6 /64 is one), in a table of fixed size. What does not
 * fit shares a bucket with what hashes alike, so a flood from random sources can slow its neighbours in the table but never grow it.
 * Its owner's thread only.
 */
public final class HandshakeLimiter {

    /**
     * A limiter.
     *
     * @param perSecond handshakes that a source may start in the long run
     * @param burst and at once
     */
    public HandshakeLimiter(int perSecond, int burst) {}

    /** Takes one handshake of a source; false where it has none left. */
    public boolean tryStart(long now, byte[] ipAddress) {
        throw new UnsupportedOperationException();
    }

    /** A handshake of this source failed at the secret: it pays five more, so that guessing is slow. */
    public void onWrongSecret(long now, byte[] ipAddress) {
        throw new UnsupportedOperationException();
    }
}
