package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;

class WrongPasswordsTest {
    private static final InetAddress SOURCE = InetAddress.ofLiteral("192.0.2.1");
    private static final long SECOND = 1_000_000_000;

    @Test
    void thePauseGrowsAndHasALimit() {
        WrongPasswords wrong = new WrongPasswords();
        long now = 5;
        for (int i = 1; i < WrongPasswords.FREE; i++) {
            wrong.count(SOURCE, now);
            assertThat(wrong.mustWait(SOURCE, now)).isFalse();
        }
        for (long pause : new long[]{1, 2, 4, 8, 10, 10}) {
            wrong.count(SOURCE, now);
            assertThat(wrong.mustWait(SOURCE, now + pause * SECOND - 1)).isTrue();
            assertThat(wrong.mustWait(SOURCE, now + pause * SECOND)).isFalse();
            now += pause * SECOND;
        }
    }
}
