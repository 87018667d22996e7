package dev.sluice.rudp.protocol.crypto;

import org.jspecify.annotations.Nullable;

/**
 * Stateless proof that a client receives at its address: a cookie that the server hands out instead of starting a handshake and knows
 * again when it comes back. A keyed hash over address, time and the connection ID of the client's first packet; the key changes every
 * {@link #ROTATION}, and a cookie lives as long at most. Its owner's thread only; several loops of a server share one {@link Seed}.
 *
 * <pre>
 * cookie: seconds of issue, 4 bytes | length of ID, 1 byte | original destination connection ID | 16 bytes of HMAC-SHA256
 * </pre>
 */
public final class RetryCookie {
    /** Life of a key, ns; the one before it is still known. */
    public static final long ROTATION = 60_000_000_000L;
    /** Life of a cookie, ns. */
    public static final long LIFE = 10_000_000_000L;
    /** Longest cookie. */
    public static final int MAX_LENGTH = 4 + 1 + 20 + 16;

    /** The secret that keys are made of; from the system's random numbers, for the life of the process. */
    public static final class Seed {
        /** A new one. */
        public Seed() {}

        @Override
        public String toString() {
            return "Seed[...]";
        }
    }

    /** Cookies of this seed. */
    public RetryCookie(Seed seed) {}

    /**
     * A cookie.
     *
     * @param now of the clock that all loops of the server share
     * @param address bytes of the client's IP address and two of its port
     * @param originalId destination connection ID of its first packet, at most 20 bytes
     */
    public byte[] issue(long now, byte[] address, byte[] originalId) {
        throw new UnsupportedOperationException();
    }

    /**
     * The connection ID of a cookie that is genuine, for this address and not too old; otherwise null. Any bytes may be given.
     */
    public byte @Nullable [] originalId(long now, byte[] address, byte[] cookie, int offset, int length) {
        throw new UnsupportedOperationException();
    }
}
