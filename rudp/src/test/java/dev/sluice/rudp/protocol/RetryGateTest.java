package dev.sluice.rudp.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Which first packets get a retry, and the budgets of it. */
class RetryGateTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long MILLI = 1_000_000L;
    private static final int RATE = 1000;

    private final SplittableRandom random = new SplittableRandom(4);
    private final RetryGate gate = new RetryGate(RATE, random);

    /** Others have taken all that whoever comes first may have. */
    private void exhaust(long now) {
        while (gate.admit(now, random.nextLong(), random.nextLong())) {
            // all of it
        }
    }

    private boolean offer(long now, long address, long id) {
        exhaust(now);
        return gate.admit(now, address, id);
    }

    @Test
    void aBudgetIsASecondsWorthAndThenItsRate() {
        for (long start : new long[]{-7 * SECOND, 0, Long.MAX_VALUE - 100 * SECOND}) {
            Budget budget = new Budget(50);
            assertThat(taken(budget, start)).isEqualTo(50);
            assertThat(taken(budget, start + SECOND / 10)).isEqualTo(5);
            assertThat(taken(budget, start + 50 * SECOND)).isEqualTo(50);
        }
    }

    private static int taken(Budget budget, long now) {
        int taken = 0;
        while (budget.take(now)) {
            taken++;
        }
        return taken;
    }

    @Test
    void aBudgetThatIsOverdrawnStaysEmptyHalfASecondLonger() {
        Budget budget = new Budget(50);
        for (int i = 0; i < 10_000; i++) {
            budget.overdraw(i * SECOND / 10_000);
        }
        assertThat(budget.isLeft(SECOND)).isFalse();
        assertThat(budget.isLeft(SECOND + 500 * MILLI)).isFalse();
        assertThat(budget.isLeft(SECOND + 520 * MILLI)).isTrue();
    }

    @Test
    void whoeverComesFirstIsAnsweredAsLongAsThereAreFew() {
        for (int i = 0; i < RATE; i++) {
            assertThat(gate.admit(0, i, i)).isTrue();
        }
        assertThat(gate.admit(0, RATE, RATE)).isFalse();
    }

    @Test
    void whoeverComesAgainAfterAWhileIsAnswered() {
        assertThat(offer(0, 1, 2)).isFalse();
        assertThat(offer(RetryGate.SOONEST - 1, 1, 2)).as("a copy").isFalse();
        assertThat(offer(RetryGate.SOONEST, 1, 3)).as("another ID").isFalse();
        assertThat(offer(RetryGate.SOONEST, 2, 2)).as("another address").isFalse();
        assertThat(offer(RetryGate.SOONEST, 1, 2)).as("the copy has not put it off").isTrue();
        assertThat(offer(RetryGate.SOONEST + MILLI, 1, 2)).as("at once again").isFalse();
        assertThat(offer(2 * RetryGate.SOONEST, 1, 2)).as("after a while again").isTrue();
        assertThat(offer(5 * SECOND, 1, 2)).as("long forgotten").isFalse();
        assertThat(offer(5 * SECOND + RetryGate.SOONEST, 1, 2)).isTrue();
    }

    @Test
    void thoseWhoComeAgainAreLimitedToo() {
        int answered = 0;
        for (long now : new long[]{0, RetryGate.SOONEST}) {
            exhaust(now);
            for (int i = 0; i < 5 * RATE; i++) {
                answered += gate.admit(now, i, i) ? 1 : 0;
            }
        }
        assertThat(answered).isEqualTo(RATE);
    }

    @Test
    void aFloodMakesItForgetFew() {
        int clients = 500;
        for (int i = 0; i < clients; i++) {
            assertThat(offer(0, i, i)).isFalse();
        }
        for (int i = 0; i < 3000; i++) {
            gate.admit(i * 100_000L, random.nextLong(), random.nextLong());
        }
        exhaust(300 * MILLI);
        int answered = 0;
        for (int i = 0; i < clients; i++) {
            answered += gate.admit(300 * MILLI, i, i) ? 1 : 0;
        }
        assertThat(answered).isBetween(clients * 9 / 10, clients);
    }
}
