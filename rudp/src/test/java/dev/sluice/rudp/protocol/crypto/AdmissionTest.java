package dev.sluice.rudp.protocol.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Cookies, reset tokens, replay windows, limits. */
class AdmissionTest {
    private static final long SECOND = 1_000_000_000L;
    private static final byte[] ADDRESS = {10, 0, 0, 1, 0x12, 0x34};
    private static final byte[] ID = {1, 2, 3, 4, 5, 6, 7, 8};

    @Test
    void aCookieIsGoodForItsAddressAndTenSeconds() {
        RetryCookie.Seed seed = new RetryCookie.Seed();
        RetryCookie issuer = new RetryCookie(seed);
        RetryCookie otherLoop = new RetryCookie(seed);
        for (long now : new long[]{-7 * SECOND, 0, 59 * SECOND, 1L << 62}) {
            byte[] cookie = issuer.issue(now, ADDRESS, ID);
            assertThat(cookie.length).isLessThanOrEqualTo(RetryCookie.MAX_LENGTH);
            assertThat(otherLoop.originalId(now, ADDRESS, cookie, 0, cookie.length)).isEqualTo(ID);
            assertThat(issuer.originalId(now + 10 * SECOND, ADDRESS, cookie, 0, cookie.length)).isEqualTo(ID);
            assertThat(issuer.originalId(now + 11 * SECOND, ADDRESS, cookie, 0, cookie.length)).isNull();
            assertThat(issuer.originalId(now - SECOND, ADDRESS, cookie, 0, cookie.length)).isNull();
            byte[] other = ADDRESS.clone();
            other[5]++;
            assertThat(issuer.originalId(now, other, cookie, 0, cookie.length)).isNull();
            assertThat(new RetryCookie(new RetryCookie.Seed()).originalId(now, ADDRESS, cookie, 0, cookie.length)).isNull();
        }
    }

    @Test
    void aCookieThatWasChangedIsNone() {
        RetryCookie cookies = new RetryCookie(new RetryCookie.Seed());
        byte[] cookie = cookies.issue(0, ADDRESS, ID);
        for (int at = 0; at < cookie.length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] forged = cookie.clone();
                forged[at] ^= (byte) (1 << bit);
                assertThat(cookies.originalId(0, ADDRESS, forged, 0, forged.length)).isNull();
            }
        }
    }

    @Test
    void aResetTokenIsKnownAgainAfterARestart() {
        StaticKey key = StaticKey.generate();
        byte[] token = new byte[16];
        byte[] again = new byte[16];
        new ResetToken(key).write(ID, 0, 8, token, 0);
        new ResetToken(StaticKey.of(key.privateBytes())).write(ID, 0, 8, again, 0);
        assertThat(again).isEqualTo(token);
        new ResetToken(StaticKey.generate()).write(ID, 0, 8, again, 0);
        assertThat(again).isNotEqualTo(token);
        byte[] datagram = new byte[50];
        System.arraycopy(token, 0, datagram, 30, 16);
        assertThat(ResetToken.endsWith(datagram, 0, 46, token)).isTrue();
        assertThat(ResetToken.endsWith(datagram, 0, 47, token)).isFalse();
        assertThat(ResetToken.endsWith(datagram, 0, 10, token)).isFalse();
    }

    @Test
    void theReplayWindowKnowsWhatASetKnows() {
        SplittableRandom random = new SplittableRandom(3);
        ReplayWindow window = new ReplayWindow();
        Set<Long> seen = new HashSet<>();
        long largest = -1;
        for (int i = 0; i < 200_000; i++) {
            int kind = random.nextInt(1000);
            long number = kind < 990
                    ? Math.max(0, largest + random.nextLong(-300, 20))
                    : kind < 998 ? Math.max(0, largest + random.nextLong(-9000, 9000)) : largest + random.nextLong(1, 100_000);
            boolean old = largest - number >= ReplayWindow.WIDTH;
            assertThat(window.contains(number)).as("%d, largest %d", number, largest).isEqualTo(old || seen.contains(number));
            window.add(number);
            if (!old) {
                seen.add(number);
            }
            largest = Math.max(largest, number);
            assertThat(window.largest()).isEqualTo(largest);
        }
    }

    @Test
    void aSourceHasItsBurstAndThenItsRate() {
        HandshakeLimiter limiter = new HandshakeLimiter(10, 20);
        byte[] source = {1, 2, 3, 4};
        long now = -5 * SECOND;
        assertThat(taken(limiter, now, source, 100)).isEqualTo(20);
        assertThat(taken(limiter, now + SECOND, source, 100)).isEqualTo(10);
        assertThat(taken(limiter, now + 100 * SECOND, source, 100)).isEqualTo(20);
        limiter.onWrongSecret(now + 200 * SECOND, source);
        assertThat(taken(limiter, now + 200 * SECOND, source, 100)).isEqualTo(15);
    }

    @Test
    void anIpv6PrefixIsOneSourceAndOthersAreNotHurt() {
        HandshakeLimiter limiter = new HandshakeLimiter(10, 20);
        byte[] source = new byte[16];
        source[0] = 0x20;
        int taken = 0;
        for (int i = 0; i < 100; i++) {
            source[15] = (byte) i;
            taken += limiter.tryStart(0, source) ? 1 : 0;
        }
        assertThat(taken).isEqualTo(20);
        int others = 0;
        for (int i = 0; i < 100; i++) {
            others += limiter.tryStart(0, new byte[]{10, 0, 0, (byte) i}) ? 1 : 0;
        }
        assertThat(others).isGreaterThan(95);
    }

    @Test
    void whatIsSpoofedSpendsNothingOfTheOneWhoIsThere() {
        HandshakeLimiter limiter = new HandshakeLimiter(10, 20);
        byte[] victim = {1, 2, 3, 4};
        int believed = 0;
        for (int i = 0; i < 100; i++) {
            if (limiter.tryStartUnproven(0, victim)) {
                limiter.onWrongSecretUnproven(0, victim);
                believed++;
            }
        }
        assertThat(believed).isEqualTo(4);
        assertThat(taken(limiter, 0, victim, 100)).isEqualTo(20);
    }

    private static int taken(HandshakeLimiter limiter, long now, byte[] source, int tries) {
        int taken = 0;
        for (int i = 0; i < tries; i++) {
            taken += limiter.tryStart(now, source) ? 1 : 0;
        }
        return taken;
    }

    @Test
    void earlyDataComesInOnce() {
        long start = 1_700_000_000_000L;
        EarlyDataGuard guard = new EarlyDataGuard(1000, 10_000, start);
        SplittableRandom random = new SplittableRandom(9);
        byte[] message = new byte[40];
        random.nextBytes(message);
        assertThat(guard.admit(start + 5_000, start + 5_000, message, 0)).as("just started").isFalse();
        long now = start + 60_000;
        assertThat(guard.admit(now, now - 10_001, message, 0)).as("too old").isFalse();
        assertThat(guard.admit(now, now + 10_001, message, 0)).as("from the future").isFalse();
        assertThat(guard.admit(now, now + 10_000, message, 0)).isTrue();
        for (long later = 0; later <= 20_000; later += 500) {
            assertThat(guard.admit(now + later, now + 10_000, message, 0)).as("again after %d ms", later).isFalse();
        }
    }

    @Test
    void aFullGuardRefusesAndForgetsInTime() {
        EarlyDataGuard guard = new EarlyDataGuard(1000, 10_000, 0);
        SplittableRandom random = new SplittableRandom(9);
        long now = 60_000;
        int admitted = 0;
        for (int i = 0; i < 5_000; i++) {
            byte[] message = new byte[32];
            random.nextBytes(message);
            admitted += guard.admit(now, now, message, 0) ? 1 : 0;
        }
        assertThat(admitted).isEqualTo(500);
        now += 20_000;
        byte[] message = new byte[32];
        random.nextBytes(message);
        assertThat(guard.admit(now, now, message, 0)).isTrue();
    }
}
