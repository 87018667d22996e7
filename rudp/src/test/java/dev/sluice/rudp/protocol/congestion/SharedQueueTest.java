package dev.sluice.rudp.protocol.congestion;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SharedQueueTest {
    private static final double WINDOW = 100_000;
    private static final double MOST = 300_000;

    private final SharedQueue shared = new SharedQueue(1200);

    private boolean round(boolean waits, double most) {
        return shared.onQuietRound(0, waits, waits, waits, true, WINDOW, most, WINDOW);
    }

    private void begin() {
        while (!round(true, MOST)) {
            assertThat(shared.active()).isFalse();
        }
    }

    @Test
    void itBeginsAfterSomeRoundsInWhichEveryPacketWaits() {
        for (int i = 0; i < 3; i++) {
            assertThat(round(true, MOST)).isFalse();
        }
        assertThat(round(true, MOST)).isTrue();
        assertThat(shared.window()).isEqualTo(WINDOW);
    }

    @Test
    void theWindowFallsNoFurtherThanThatOfCubic() {
        begin();
        for (int i = 0; i < 100; i++) {
            round(true, MOST);
        }
        assertThat(shared.window()).isBetween(1200.0, WINDOW);
    }

    /** As for hours, where the application gives little and the rate of the path is not seen again. */
    @Test
    void theWindowRisesNoFurtherThanThePathHolds() {
        begin();
        for (int i = 0; i < 10_000; i++) {
            round(false, MOST);
        }
        assertThat(shared.window()).isEqualTo(MOST);
        round(false, MOST / 2);
        assertThat(shared.window()).isEqualTo(MOST);
    }
}
