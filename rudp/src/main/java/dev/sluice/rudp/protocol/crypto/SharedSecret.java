package dev.sluice.rudp.protocol.crypto;

/**
 * A secret that both ends were given, ready for use: stretched once, so that each guess at it costs the same stretch
 * ({@code docs/adr/rudp-handshake.md}). Immutable, any thread; never shows what it holds.
 */
public final class SharedSecret {
    private SharedSecret() {}

    /**
     * Stretches a secret. Takes some 100 ms of processor time: once at start, never on an event loop.
     *
     * @param secret UTF-8 of what the user wrote; the caller may wipe it
     */
    public static SharedSecret of(byte[] secret) {
        throw new UnsupportedOperationException("not yet " + secret.length);
    }

    @Override
    public String toString() {
        return "SharedSecret[...]";
    }
}
