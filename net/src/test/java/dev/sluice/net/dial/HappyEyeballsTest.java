package dev.sluice.net.dial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sluice.net.dial.HappyEyeballs.Action;
import dev.sluice.net.dial.HappyEyeballs.Timing;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** In virtual time: milliseconds since the race began. */
class HappyEyeballsTest {
    private static final Timing TIMING = Timing.recommended(Duration.ofSeconds(10), Duration.ofSeconds(30));

    private final HappyEyeballs race = new HappyEyeballs(TIMING);

    private static long ms(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }

    private static List<InetAddress> addresses(String... literals) {
        return List.of(literals).stream().map(InetAddress::ofLiteral).toList();
    }

    private List<String> said() {
        List<String> all = new ArrayList<>();
        for (Action action = race.poll(); action != null; action = race.poll()) {
            all.add(switch (action) {
                case Action.Connect a -> a.attempt() + " to " + a.address().getHostAddress();
                case Action.Expire a -> "expire " + a.attempt();
                case Action.Cancel a -> "cancel " + a.attempt();
                case Action.Win a -> "win " + a.attempt();
                case Action.GiveUp g -> "give up";
                case Action.RunOut r -> "run out";
            });
        }
        return all;
    }

    private void answers(long at, Family family, String... literals) {
        race.handleAnswer(family, addresses(literals), ms(at));
    }

    @Test
    void ipv6StartsAsSoonAsItComes() {
        answers(20, Family.IPV6, "2001:db8::1");
        assertThat(said()).containsExactly("0 to 2001:db8:0:0:0:0:0:1");
    }

    @Test
    void ipv4WaitsForTheAnswerAboutIpv6() {
        answers(20, Family.IPV4, "192.0.2.1");
        assertThat(said()).isEmpty();
        assertThat(race.deadline()).isEqualTo(ms(70));
        answers(60, Family.IPV6, "2001:db8::1");
        assertThat(said()).containsExactly("0 to 2001:db8:0:0:0:0:0:1");
        race.handleTime(ms(310));
        assertThat(said()).containsExactly("1 to 192.0.2.1");
    }

    @Test
    void ipv4WaitsNoLongerThanTheResolutionDelay() {
        answers(20, Family.IPV4, "192.0.2.1");
        race.handleTime(ms(69));
        assertThat(said()).isEmpty();
        race.handleTime(ms(70));
        assertThat(said()).containsExactly("0 to 192.0.2.1");
        answers(100, Family.IPV6, "2001:db8::1"); // joins the running race
        assertThat(race.deadline()).isEqualTo(ms(320));
        race.handleTime(ms(320));
        assertThat(said()).containsExactly("1 to 2001:db8:0:0:0:0:0:1");
    }

    @Test
    void ipv4StartsAtOnceWhereThereIsNoIpv6() {
        answers(20, Family.IPV4, "192.0.2.1");
        answers(30, Family.IPV6);
        assertThat(said()).containsExactly("0 to 192.0.2.1");
    }

    @Test
    void familiesAlternate() {
        answers(0, Family.IPV6, "2001:db8::1", "2001:db8::2", "2001:db8::3");
        answers(0, Family.IPV4, "192.0.2.1", "192.0.2.2");
        for (int i = 1; i <= 6; i++) {
            race.handleTime(ms(250L * i));
        }
        assertThat(said()).containsExactly("0 to 2001:db8:0:0:0:0:0:1", "1 to 192.0.2.1", "2 to 2001:db8:0:0:0:0:0:2",
                "3 to 192.0.2.2", "4 to 2001:db8:0:0:0:0:0:3");
    }

    @Test
    void aFailureStartsTheNextAtOnce() {
        answers(0, Family.IPV6, "2001:db8::1");
        answers(0, Family.IPV4, "192.0.2.1", "192.0.2.2");
        race.handleFailed(0, ms(5));
        assertThat(said()).containsExactly("0 to 2001:db8:0:0:0:0:0:1", "1 to 192.0.2.1");
        assertThat(race.deadline()).isEqualTo(ms(255));
    }

    @Test
    void theFirstWinsAndTheOthersAreCancelled() {
        answers(0, Family.IPV6, "2001:db8::1");
        answers(0, Family.IPV4, "192.0.2.1", "192.0.2.2");
        race.handleTime(ms(250));
        said();
        race.handleConnected(1, ms(300));
        assertThat(said()).containsExactly("cancel 0", "win 1");
        assertThat(race.isOver()).isTrue();
        assertThat(race.deadline()).isEqualTo(HappyEyeballs.NEVER);
        race.handleConnected(0, ms(301));
        race.handleFailed(0, ms(301));
        race.handleTime(ms(40_000));
        answers(302, Family.IPV6, "2001:db8::9");
        assertThat(said()).isEmpty();
    }

    @Test
    void anAttemptHasItsOwnLimit() {
        answers(0, Family.IPV4, "192.0.2.1");
        answers(0, Family.IPV6);
        said();
        assertThat(race.deadline()).isEqualTo(ms(10_000));
        race.handleTime(ms(10_000));
        assertThat(said()).containsExactly("expire 0", "give up");
    }

    @Test
    void givesUpOnlyWhenBothAnswersAreIn() {
        answers(0, Family.IPV6);
        assertThat(said()).isEmpty();
        answers(10, Family.IPV4);
        assertThat(said()).containsExactly("give up");
    }

    @Test
    void anAnswerMayComeAfterEverythingElseFailed() {
        answers(0, Family.IPV6, "2001:db8::1");
        race.handleFailed(0, ms(1));
        said();
        answers(900, Family.IPV4, "192.0.2.1");
        assertThat(said()).containsExactly("1 to 192.0.2.1");
    }

    @Test
    void everythingHasALimit() {
        answers(0, Family.IPV6, "2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8::4");
        for (long at = 0; at < 30_000; at += 10) {
            race.handleTime(ms(at));
        }
        said();
        race.handleTime(ms(30_000));
        assertThat(said()).containsExactly("run out");
    }

    @Test
    void attemptsAreAtLeastTenMillisecondsApart() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Timing(Duration.ZERO, Duration.ofMillis(9), Duration.ofSeconds(1), Duration.ofSeconds(1)));
    }

    /** Whatever happens in whatever order: it ends, once, in time, and every attempt is accounted for. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void anyCourseEndsInOrder(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 400; round++) {
            runAtRandom(random, "seed " + seed + ", round " + round);
        }
    }

    private static void runAtRandom(Random random, String where) {
        HappyEyeballs race = new HappyEyeballs(TIMING);
        Set<Integer> open = new HashSet<>();
        Set<InetAddress> tried = new HashSet<>();
        List<InetAddress> six = addresses("2001:db8::1", "2001:db8::2", "2001:db8::3").subList(0, random.nextInt(4));
        List<InetAddress> four = addresses("192.0.2.1", "192.0.2.2", "192.0.2.3").subList(0, random.nextInt(4));
        long answer6 = random.nextInt(400);
        long answer4 = random.nextInt(400);
        int ends = 0;
        for (long at = 0; at <= 30_000 && ends == 0; at += 1 + random.nextInt(40)) {
            if (at >= answer6 && answer6 >= 0) {
                race.handleAnswer(Family.IPV6, six, ms(at));
                answer6 = -1;
            }
            if (at >= answer4 && answer4 >= 0) {
                race.handleAnswer(Family.IPV4, four, ms(at));
                answer4 = -1;
            }
            if (!open.isEmpty() && random.nextInt(10) == 0) {
                int attempt = open.iterator().next();
                if (random.nextInt(4) == 0) {
                    race.handleConnected(attempt, ms(at));
                } else {
                    open.remove(attempt);
                    race.handleFailed(attempt, ms(at));
                }
            }
            race.handleTime(ms(at));
            for (Action action = race.poll(); action != null; action = race.poll()) {
                assertThat(ends).as(where).isZero();
                switch (action) {
                    case Action.Connect a -> {
                        assertThat(tried.add(a.address())).as(where).isTrue();
                        assertThat(open.add(a.attempt())).as(where).isTrue();
                    }
                    case Action.Expire a -> assertThat(open.remove(a.attempt())).as(where).isTrue();
                    case Action.Cancel a -> assertThat(open.remove(a.attempt())).as(where).isTrue();
                    case Action.Win a -> {
                        assertThat(open.remove(a.attempt())).as(where).isTrue();
                        ends++;
                    }
                    case Action.GiveUp g -> {
                        assertThat(tried).as(where).hasSize(six.size() + four.size());
                        ends++;
                    }
                    case Action.RunOut r -> ends++;
                }
            }
            assertThat(race.isOver()).as(where).isEqualTo(ends > 0);
        }
        race.handleTime(ms(30_000));
        while (race.poll() != null) {
            ends++;
        }
        assertThat(ends).as(where).isPositive();
        assertThat(race.isOver()).as(where).isTrue();
    }
}
