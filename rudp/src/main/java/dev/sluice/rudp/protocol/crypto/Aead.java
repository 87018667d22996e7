package dev.sluice.rudp.protocol.crypto;

/** The two families of ciphers: Noise's name, and what protects packets after the handshake. */
public enum Aead {
    /** AES-256-GCM in the handshake, AES-128-GCM for packets, AES for headers (RFC 9001 §5.4.3). */
    AES_GCM("AESGCM", 16, 16, 1L << 23, 1L << 52),
    /** ChaCha20-Poly1305 throughout, ChaCha20 for headers (RFC 9001 §5.4.4). */
    CHACHA_POLY("ChaChaPoly", 32, 32, Long.MAX_VALUE, 1L << 36);

    private final String noiseName;
    private final int keyLength;
    private final int headerKeyLength;
    private final long confidentialityLimit;
    private final long integrityLimit;

    Aead(String noiseName, int keyLength, int headerKeyLength, long confidentialityLimit, long integrityLimit) {
        this.noiseName = noiseName;
        this.keyLength = keyLength;
        this.headerKeyLength = headerKeyLength;
        this.confidentialityLimit = confidentialityLimit;
        this.integrityLimit = integrityLimit;
    }

    String noiseName() {
        return noiseName;
    }

    /** Bytes of a packet key. */
    int keyLength() {
        return keyLength;
    }

    /** Bytes of a header key. */
    int headerKeyLength() {
        return headerKeyLength;
    }

    /** Packets that one key may seal (RFC 9001 §6.6). */
    public long confidentialityLimit() {
        return confidentialityLimit;
    }

    /** Packets that may fail to open in a connection before it must be closed (RFC 9001 §6.6). */
    public long integrityLimit() {
        return integrityLimit;
    }
}
