package dev.sluice.rudp.protocol.crypto;

import org.jspecify.annotations.Nullable;

/**
 * What a client chose for its handshake, one byte on the wire in its first packet and bound in the prologue.
 *
 * <pre>
 * bit 0  the pattern: 0 IK (the server's static key is known), 1 XX (it is not)
 * bit 1  1: a shared secret is mixed in (IKpsk1, XXpsk3)
 * bit 2  the ciphers: 0 AESGCM (packets AES-128-GCM), 1 ChaChaPoly (packets ChaCha20-Poly1305)
 * bits 3 to 7 are 0
 * </pre>
 *
 * @param pattern who knows whom
 * @param secret whether a shared secret is mixed in
 * @param aead the ciphers
 */
public record Suite(Pattern pattern, boolean secret, Aead aead) {

    /** The Noise pattern without its modifier. */
    public enum Pattern {
        /** The client knows the server's static key: one message each, data with the first possible. */
        IK,
        /** Neither knows the other: three messages, the client's data goes with its second. */
        XX
    }

    /** Reads the byte of a first packet; null where it names no suite. */
    public static @Nullable Suite of(int id) {
        return id < 0 || id > 7
                ? null
                : new Suite((id & 1) == 0 ? Pattern.IK : Pattern.XX, (id & 2) != 0,
                        (id & 4) == 0 ? Aead.AES_GCM : Aead.CHACHA_POLY);
    }

    /** The byte on the wire. */
    public int id() {
        return (pattern == Pattern.XX ? 1 : 0) | (secret ? 2 : 0) | (aead == Aead.CHACHA_POLY ? 4 : 0);
    }

    /** The registered name of the handshake. */
    public String noiseName() {
        String modifier = !secret ? "" : pattern == Pattern.IK ? "psk1" : "psk3";
        return "Noise_" + pattern + modifier + "_25519_" + aead.noiseName() + "_SHA256";
    }
}
