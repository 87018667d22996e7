package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RateTest {
    private static final long MILLIS = 1_000_000;

    @Test
    void debtIsPaidByTime() {
        Rate rate = new Rate(1000);
        long now = System.nanoTime();
        assertThat(rate.up(50, now)).isZero(); // a twentieth of a second is free
        assertThat(rate.up(100, now)).isCloseTo(100 * MILLIS, within(MILLIS));
        assertThat(rate.up(0, now + 100 * MILLIS)).isLessThan(MILLIS);
    }

    @Test
    void directionsAreApart() {
        Rate rate = new Rate(1000);
        long now = System.nanoTime();
        rate.up(10_000, now);
        assertThat(rate.down(10, now)).isZero();
    }

    @Test
    void idleTimeIsNotSaved() {
        Rate rate = new Rate(1000);
        long later = System.nanoTime() + 1_000_000 * MILLIS;
        assertThat(rate.up(1050, later)).isCloseTo(1000 * MILLIS, within(MILLIS));
    }

    @Test
    void packetsAreDroppedAndNotOwed() {
        Rate rate = new Rate(1000);
        long now = System.nanoTime();
        int passed = 0;
        for (int i = 0; i < 1000; i++) {
            if (rate.tryUp(100, now + i * MILLIS)) {
                passed++;
            }
        }
        assertThat(passed).isBetween(9, 12);
    }

    @Test
    void largeCountsDoNotOverflow() {
        Rate rate = new Rate(1);
        assertThat(rate.up(Integer.MAX_VALUE, System.nanoTime())).isPositive();
    }
}
