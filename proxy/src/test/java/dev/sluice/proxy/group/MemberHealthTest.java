package dev.sluice.proxy.group;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.proxy.group.MemberHealth.Change;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class MemberHealthTest {
    private static final long SECOND = 1_000_000_000L;

    private final MemberHealth health = new MemberHealth(Duration.ofSeconds(1), Duration.ofSeconds(60));
    private long now = -5 * SECOND; // a clock may begin anywhere

    private Duration failAfterRest() {
        now += health.rest(now).toNanos();
        assertThat(health.claim(now)).isTrue();
        health.failed(now, 0);
        return health.rest(now);
    }

    @Test
    void restsGrowFromOneSecondToSixty() {
        assertThat(health.failed(now, 0)).isEqualTo(Change.FAILED);
        assertThat(health.rest(now)).isEqualTo(Duration.ofSeconds(1));
        for (int seconds : new int[]{2, 4, 8, 16, 32, 60, 60, 60}) {
            assertThat(failAfterRest()).isEqualTo(Duration.ofSeconds(seconds));
        }
    }

    @Test
    void theDiceShortenARestByAQuarterAtMost() {
        health.failed(now, 1);
        assertThat(health.rest(now)).isEqualTo(Duration.ofMillis(750));
    }

    @Test
    void aHundredFailuresAtOnceAreOne() {
        for (int i = 0; i < 100; i++) {
            health.failed(now, 0);
        }
        assertThat(health.failures()).isEqualTo(1);
        assertThat(health.rest(now)).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void afterTheRestOneConnectionTriesAndTheOthersPassBy() {
        health.failed(now, 0);
        assertThat(health.usable(now)).isFalse();
        assertThat(health.claim(now)).isFalse();
        now += SECOND;
        assertThat(health.usable(now)).isTrue();
        assertThat(health.claim(now)).isTrue();
        assertThat(health.claim(now)).isFalse();
        assertThat(health.usable(now)).isFalse();
    }

    @Test
    void aTrialThatComesToNothingIsFollowedByAnother() {
        health.failed(now, 0);
        now += SECOND;
        assertThat(health.claim(now)).isTrue();
        now += SECOND;
        assertThat(health.claim(now)).isTrue();
    }

    @Test
    void aFailedTrialDoublesTheRest() {
        health.failed(now, 0);
        now += SECOND;
        health.claim(now);
        assertThat(health.failed(now, 0)).isEqualTo(Change.NONE);
        assertThat(health.rest(now)).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void aSuccessEndsTheRestAndStartsTheCountAnew() {
        health.failed(now, 0);
        failAfterRest();
        assertThat(health.worked()).isEqualTo(Change.RECOVERED);
        assertThat(health.worked()).isEqualTo(Change.NONE);
        assertThat(health.rest(now)).isZero();
        health.failed(now, 0);
        assertThat(health.rest(now)).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void aForcedTrialCounts() {
        health.failed(now, 0);
        now += SECOND / 2;
        health.force(now);
        assertThat(health.since()).isEqualTo(now);
        health.failed(now, 0);
        assertThat(health.failures()).isEqualTo(2);
    }

    @Test
    void aCountThatCannotGrowStays() {
        for (int i = 0; i < 100; i++) {
            failAfterRest();
        }
        assertThat(health.rest(now)).isEqualTo(Duration.ofSeconds(60));
    }
}
