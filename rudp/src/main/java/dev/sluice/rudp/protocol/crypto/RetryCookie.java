package dev.sluice.rudp.protocol.crypto;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Stateless proof that a client receives at its address: a cookie that the server hands out instead of starting a handshake and knows
 * again when it comes back. A keyed hash over address, time and the connection ID of the client's first packet; the key changes every
 * {@link #ROTATION}, and a cookie lives for {@link #LIFE}. Its owner's thread only; all loops of a server share one {@link Seed}.
 *
 * <pre>
 * cookie: second of issue, 4 bytes | length of ID, 1 byte | original destination connection ID | 16 bytes of HMAC-SHA256
 * </pre>
 */
public final class RetryCookie {
    /** How long one key is used, ns. */
    public static final long ROTATION = 60_000_000_000L;
    /** Life of a cookie, ns. */
    public static final long LIFE = 10_000_000_000L;
    /** Longest connection ID. */
    public static final int MAX_ID = 20;
    /** Longest cookie. */
    public static final int MAX_LENGTH = 4 + 1 + MAX_ID + 16;

    private static final byte[] LABEL = "sluice rudp retry".getBytes(StandardCharsets.US_ASCII);
    private static final long SECOND = 1_000_000_000L;
    private static final int HEAD = 5;
    private static final int TAG = 16;

    /** The secret that keys are made of; from the system's random numbers, for the life of the process. */
    public static final class Seed {
        private final byte[] bytes = new byte[32];

        /** A new one. */
        public Seed() {
            new SecureRandom().nextBytes(bytes);
        }

        @Override
        public String toString() {
            return "Seed[...]";
        }
    }

    private final Seed seed;
    private final Mac mac;
    private long period = Long.MIN_VALUE;

    /** Cookies of this seed. */
    public RetryCookie(Seed seed) {
        this.seed = seed;
        try {
            this.mac = Mac.getInstance("HmacSHA256");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * A cookie.
     *
     * @param now of the clock that all loops of the server share
     * @param address bytes of the client's IP address and two of its port
     * @param originalId destination connection ID of its first packet, at most 20 bytes
     */
    public byte[] issue(long now, byte[] address, byte[] originalId) {
        if (originalId.length > MAX_ID) {
            throw new IllegalArgumentException("a connection ID of " + originalId.length + " bytes");
        }
        long second = Math.floorDiv(now, SECOND);
        byte[] cookie = new byte[HEAD + originalId.length + TAG];
        for (int i = 0; i < 4; i++) {
            cookie[i] = (byte) (second >>> (24 - 8 * i));
        }
        cookie[4] = (byte) originalId.length;
        System.arraycopy(originalId, 0, cookie, HEAD, originalId.length);
        byte[] tag = tag(second, address, cookie, 0, HEAD + originalId.length);
        System.arraycopy(tag, 0, cookie, HEAD + originalId.length, TAG);
        return cookie;
    }

    /** The connection ID of a cookie that is genuine, for this address and not too old; otherwise null. Any bytes may be given. */
    public byte @Nullable [] originalId(long now, byte[] address, byte[] cookie, int offset, int length) {
        if (length < HEAD + TAG || length > MAX_LENGTH || cookie[offset + 4] != length - HEAD - TAG) {
            return null;
        }
        int issued = 0;
        for (int i = 0; i < 4; i++) {
            issued = (issued << 8) | (cookie[offset + i] & 0xff);
        }
        long second = Math.floorDiv(now, SECOND);
        int age = (int) second - issued;
        if (age < 0 || age > LIFE / SECOND) {
            return null;
        }
        byte[] tag = tag(second - age, address, cookie, offset, length - TAG);
        byte[] theirs = Arrays.copyOfRange(cookie, offset + length - TAG, offset + length);
        return MessageDigest.isEqual(Arrays.copyOf(tag, TAG), theirs)
                ? Arrays.copyOfRange(cookie, offset + HEAD, offset + length - TAG)
                : null;
    }

    private byte[] tag(long second, byte[] address, byte[] cookie, int offset, int length) {
        useKeyOf(Math.floorDiv(second, ROTATION / SECOND));
        mac.update(LABEL);
        mac.update((byte) address.length);
        mac.update(address);
        mac.update(cookie, offset, length);
        return mac.doFinal();
    }

    private void useKeyOf(long wanted) {
        if (wanted == period) {
            return;
        }
        byte[] number = new byte[8];
        for (int i = 0; i < 8; i++) {
            number[i] = (byte) (wanted >>> (56 - 8 * i));
        }
        try {
            mac.init(new SecretKeySpec(Hkdf.expand(seed.bytes, "retry", number, 32), "HmacSHA256"));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
        period = wanted;
    }
}
