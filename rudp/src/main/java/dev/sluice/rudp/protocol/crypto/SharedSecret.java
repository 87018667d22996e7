package dev.sluice.rudp.protocol.crypto;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A secret that both ends were given, ready for use: stretched once, so that each guess at it costs the same stretch, then made into what
 * the patterns need. Why so is in {@code docs/adr/rudp-handshake.md}. Immutable, any thread; never shows what it holds.
 */
public final class SharedSecret {
    /** Rounds of PBKDF2-HMAC-SHA256. A part of the protocol: both ends must count alike. */
    static final int ROUNDS = 100_000;
    private static final byte[] SALT = "sluice rudp secret, version 1".getBytes(StandardCharsets.US_ASCII);

    private final byte[] psk;
    private final PublicKey generator;

    private SharedSecret(byte[] psk, PublicKey generator) {
        this.psk = psk;
        this.generator = generator;
    }

    /**
     * Stretches a secret. Takes some 100 ms of processor time: once at start, never on an event loop.
     *
     * @param secret UTF-8 of what the user wrote, not empty; the caller may wipe it
     */
    public static SharedSecret of(byte[] secret) {
        return of(secret, ROUNDS);
    }

    static SharedSecret of(byte[] secret, int rounds) {
        if (secret.length == 0) {
            throw new IllegalArgumentException("the shared secret is empty");
        }
        byte[] stretched = stretch(secret, SALT, rounds);
        byte[] password = Hkdf.expand(stretched, "cpace", 32);
        SharedSecret result = new SharedSecret(Hkdf.expand(stretched, "psk", 32),
                Cpace.generator(password, "sluice rudp".getBytes(StandardCharsets.US_ASCII), new byte[0]));
        Arrays.fill(stretched, (byte) 0);
        Arrays.fill(password, (byte) 0);
        return result;
    }

    /** For IK: mixed in as it is, behind the server's static key. */
    byte[] psk() {
        return psk.clone();
    }

    /** For XX: where {@link Cpace} starts. */
    PublicKey generator() {
        return generator;
    }

    /** PBKDF2 (RFC 8018 §5.2), one block, over bytes: the platform's takes characters only. */
    static byte[] stretch(byte[] secret, byte[] salt, int rounds) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            mac.update(salt);
            byte[] round = mac.doFinal(new byte[]{0, 0, 0, 1});
            byte[] sum = round.clone();
            for (int i = 1; i < rounds; i++) {
                mac.update(round);
                mac.doFinal(round, 0);
                for (int j = 0; j < sum.length; j++) {
                    sum[j] ^= round[j];
                }
            }
            return sum;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public String toString() {
        return "SharedSecret[...]";
    }
}
