package dev.sluice.rudp.protocol.crypto;

/** The long-term X25519 key pair of a server or client. Immutable, any thread; never shows its private half. */
public final class StaticKey {
    private final X25519 pair;

    private StaticKey(X25519 pair) {
        this.pair = pair;
    }

    /** A new one, from the system's random numbers. */
    public static StaticKey generate() {
        return new StaticKey(X25519.generate());
    }

    /**
     * From the 32 bytes of {@link #privateBytes}.
     *
     * @throws IllegalArgumentException for another length
     */
    public static StaticKey of(byte[] privateBytes) {
        return new StaticKey(X25519.of(privateBytes));
    }

    /** The public half. */
    public PublicKey publicKey() {
        return pair.publicKey();
    }

    /** The private half, to be kept in a file that only its owner can read. The caller wipes the array. */
    public byte[] privateBytes() {
        return pair.privateBytes();
    }

    X25519 pair() {
        return pair;
    }

    @Override
    public String toString() {
        return "StaticKey[" + publicKey() + "]";
    }
}
