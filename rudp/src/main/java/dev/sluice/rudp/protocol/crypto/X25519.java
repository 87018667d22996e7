package dev.sluice.rudp.protocol.crypto;

/** X25519 (RFC 7748) by the platform's provider. */
final class X25519 {
    private X25519() {}

    static X25519 generate() {
        throw new UnsupportedOperationException();
    }

    static X25519 of(byte[] privateBytes) {
        throw new UnsupportedOperationException("not yet " + privateBytes.length);
    }

    PublicKey publicKey() {
        throw new UnsupportedOperationException();
    }

    byte[] privateBytes() {
        throw new UnsupportedOperationException();
    }
}
