package dev.sluice.rudp.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.rudp.protocol.Connection;
import dev.sluice.rudp.protocol.ConnectionConfig;
import dev.sluice.rudp.protocol.congestion.CongestionAlgorithm;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How much of a link a connection makes use of, by default settings, from its first byte on. Shares are of the link's rate, as payload:
 * headers take 4.3 % of it.
 */
class LinkGoalsTest {
    private static final double SECONDS = 4;
    private static final int SEEDS = 20;

    static Stream<Arguments> goals() {
        return Stream.of(
                Arguments.of(LinkKind.CLEAN, 0.93, 1.06, 0.01),
                Arguments.of(LinkKind.LOSS_1, 0.92, 1.08, 0.02),
                Arguments.of(LinkKind.LOSS_5, 0.80, 1.18, 0.07),
                Arguments.of(LinkKind.BURSTS, 0.87, 1.14, 0.06),
                Arguments.of(LinkKind.LONG, 0.60, 1.35, 0.08),
                Arguments.of(LinkKind.SHORT_QUEUE, 0.92, 1.08, 0.03),
                Arguments.of(LinkKind.REORDERED, 0.80, 1.2, 0.09),
                Arguments.of(LinkKind.SMALL_MTU, 0.91, 1.08, 0.01));
    }

    @ParameterizedTest
    @MethodSource("goals")
    void theLinkIsFull(LinkKind kind, double share, double wire, double again) {
        holds(kind, 1, share, wire, again);
    }

    @ParameterizedTest
    @MethodSource("goals")
    @Tag("full")
    void theLinkIsFullWhateverHappens(LinkKind kind, double share, double wire, double again) {
        for (long seed = 2; seed <= SEEDS; seed++) {
            holds(kind, seed, share, wire, again);
        }
    }

    private static void holds(LinkKind kind, long seed, double share, double wire, double again) {
        LinkRun.Result result = LinkRun.begin(kind, seed).run(SECONDS);
        assertThat(result.share()).as("%s, seed %d: %s", kind, seed, result).isGreaterThan(share);
        assertThat(result.wire()).as("%s, seed %d: %s", kind, seed, result).isLessThan(wire);
        assertThat(result.again()).as("%s, seed %d: %s", kind, seed, result).isLessThan(again);
    }

    /** What was learned is used at once: the delay need not be looked for with little in flight only because nothing was sent. */
    @ParameterizedTest
    @EnumSource(names = {"CLEAN", "LOSS_1"})
    void thereIsNoSlowBeginningAfterAPause(LinkKind kind) {
        LinkRun run = LinkRun.begin(kind, 1);
        run.run(4);
        run.rest(8);
        run.simulation.run(Duration.ofMillis(15), () -> false); // on the way
        LinkRun.Result result = run.run(0.5);
        assertThat(result.share()).as(result.toString()).isGreaterThan(0.85);
    }

    /** A queue that was full when the first round trip was measured is not taken for a path that loses by chance. */
    @Test
    void aShortQueueThatWasNeverSeenEmptyIsNotTakenForALossyPath() {
        LinkRun run = LinkRun.begin(LinkKind.SHORT_QUEUE, new ConnectionConfig.Builder().build(), 1);
        Connection other = run.beside(CongestionAlgorithm.parse("fixed-rate=20m"));
        run.run(1);
        other.close(run.simulation.now(), 0, "");
        run.simulation.client.drive(other);
        run.run(6);
        LinkRun.Result result = run.run(4);
        assertThat(result.again()).as(result.toString()).isLessThan(0.03);
        assertThat(result.share()).as(result.toString()).isGreaterThan(0.92);
    }

    /** The part that a sender has of the first 12 s beside one of CUBIC, which comes that much later, or came that much earlier. */
    private static double partBesideCubic(boolean first, double lead, long seed) {
        ConnectionConfig config = new ConnectionConfig.Builder()
                .congestion(first ? CongestionAlgorithm.BBR : CongestionAlgorithm.CUBIC).build();
        LinkRun run = LinkRun.begin(LinkKind.SHARED, config, seed);
        run.run(lead);
        run.beside(first ? CongestionAlgorithm.CUBIC : CongestionAlgorithm.BBR);
        long alone = run.received();
        run.run(12);
        double one = run.received() - alone;
        double two = run.simulation.server.connections.get(1).stats().streamBytesReceived();
        return (first ? one : two) / (one + two);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aLinkIsSharedWithCubicWhoeverComesFirst(boolean first) {
        assertThat(partBesideCubic(first, 1, 1)).isBetween(0.3, 0.7);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.1, 1, 3})
    @Tag("full")
    void aLinkIsSharedWithCubicHoweverItBegins(double lead) {
        for (boolean first : new boolean[]{true, false}) {
            double sum = 0;
            for (long seed = 1; seed <= 8; seed++) {
                double part = partBesideCubic(first, lead, seed);
                assertThat(part).as("first: %s, by %s s, seed %d", first, lead, seed).isBetween(0.25, 0.8);
                sum += part;
            }
            assertThat(sum / 8).as("first: %s, by %s s", first, lead).isBetween(0.3, 0.7);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"EVENT", "SHORT_QUEUE", "LOSS_5", "LONG"})
    void bytesFlowWithinASecondOfABlackoutOfThree(LinkKind kind) {
        LinkRun run = LinkRun.begin(kind, 1);
        run.run(3);
        for (Link link : List.of(run.simulation.up, run.simulation.down)) {
            link.downFrom = run.simulation.now();
            link.downUntil = link.downFrom + 3_000 * Link.MILLIS;
        }
        run.simulation.run(Duration.ofSeconds(3), () -> false);
        long before = run.received();
        assertThat(run.simulation.run(Duration.ofSeconds(1), () -> run.received() > before)).isTrue();
        run.run(1);
        assertThat(run.run(1).share()).as("the second after").isGreaterThan(0.5);
    }

    @ParameterizedTest
    @EnumSource(names = {"EVENT", "LOSS_5"})
    void aRebindingCostsLessThanThreeTenthsOfASecond(LinkKind kind) {
        LinkRun run = LinkRun.begin(kind, 1);
        run.run(3);
        run.simulation.rebindPort();
        long[] last = {run.received(), run.simulation.now(), 0};
        run.simulation.run(Duration.ofSeconds(2), () -> {
            if (run.received() > last[0]) {
                last[2] = Math.max(last[2], run.simulation.now() - last[1]);
                last[0] = run.received();
                last[1] = run.simulation.now();
            }
            return false;
        });
        assertThat(last[2]).as("longest silence, ns").isLessThan(300_000_000L);
    }
}
