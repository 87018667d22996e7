package dev.sluice.rudp.protocol.congestion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.rudp.protocol.congestion.LinkModel.Flow;
import dev.sluice.rudp.protocol.congestion.LinkModel.Link;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How controllers use a bottleneck, in virtual time. Shares are of the link's rate, as payload: headers take 4.3 % of it, so 0.957 is all
 * that there is.
 */
class BottleneckTest {
    private static final double SECONDS = 4;

    /** What a run gave. */
    private record Result(double share, double again, Flow flow, LinkModel model) {}

    private static Result run(String algorithm, Link link, long seed) {
        LinkModel model = new LinkModel(link, seed);
        Flow flow = model.add(CongestionAlgorithm.parse(algorithm).create(1200), 0);
        model.run(SECONDS);
        return new Result(flow.payload() * 8 / SECONDS / link.bitsPerSecond, flow.retransmittedShare(), flow, model);
    }

    static Stream<Arguments> goals() {
        return Stream.of(
                Arguments.of("clean, 20 ms, 100 Mbit/s", new Link(), 0.92, 0.01),
                Arguments.of("1 % loss, 20 ms", new Link().loss(1), 0.915, 0.025),
                Arguments.of("5 % loss, 50 ms", new Link().roundTrip(50).loss(5), 0.85, 0.10),
                Arguments.of("bursts, 3 %, 30 ms", new Link().roundTrip(30).bursts(1, 33), 0.84, 0.06),
                Arguments.of("0.5 % loss, 200 ms, 50 Mbit/s", new Link().rate(50).roundTrip(200).loss(0.5).queue(1 << 20), 0.6,
                        0.07),
                Arguments.of("5 % reordered, 20 ms", new Link().reorder(5), 0.90, 0.05),
                Arguments.of("5 % reordered, 40 ms", new Link().roundTrip(40).reorder(5), 0.85, 0.05),
                Arguments.of("20 % reordered, 20 ms", new Link().reorder(20), 0.88, 0.10),
                Arguments.of("5 % reordered, 1 % loss, 20 ms", new Link().reorder(5).loss(1), 0.90, 0.05),
                Arguments.of("jitter of 5 ms, 20 ms", new Link().jitter(5), 0.90, 0.03),
                Arguments.of("10 Mbit/s, 30 ms, queue of 25 packets", new Link().rate(10).roundTrip(30).queue(25 * 1500), 0.92,
                        0.03),
                Arguments.of("queue of 8 packets, 20 Mbit/s", new Link().rate(20).queue(8 * 1500), 0.89, 0.06));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("goals")
    void bbrFillsTheLink(String name, Link link, double share, double again) {
        for (long seed = 1; seed <= 3; seed++) {
            Result result = run("bbr", link, seed);
            assertThat(result.share).as("%s, seed %d", name, seed).isGreaterThan(share);
            assertThat(result.again).as("%s sent again, seed %d", name, seed).isLessThan(again);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {15, 40})
    void aLinkThatBecomesFasterIsFilledSoon(double before) {
        Link link = new Link().rate(before);
        LinkModel model = new LinkModel(link, 1);
        Flow flow = model.add(CongestionAlgorithm.BBR.create(1200), 0);
        model.run(5);
        link.rate(100);
        model.run(8);
        double payload = flow.payload();
        model.run(9);
        assertThat((flow.payload() - payload) * 8 / link.bitsPerSecond).isGreaterThan(0.9);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cubic", "vegas"})
    void theOthersFillACleanLink(String algorithm) {
        assertThat(run(algorithm, new Link(), 1).share).isGreaterThan(0.92);
        Result slow = run(algorithm, new Link().rate(10).roundTrip(30).queue(25 * 1500), 1);
        assertThat(slow.share).isGreaterThan(0.92);
        assertThat(slow.again).isLessThan(0.03);
    }

    @Test
    void cubicIsNotStoppedByReordering() {
        assertThat(run("cubic", new Link().reorder(5), 1).share).isGreaterThan(0.9);
    }

    @Test
    void vegasTakesALossWithoutAQueueForWhatItIs() {
        assertThat(run("vegas", new Link().loss(1), 1).share).isGreaterThan(0.75);
    }

    @Test
    void fixedRateKeepsItsRateWhateverIsLost() {
        Result clean = run("fixed-rate=40m", new Link(), 1);
        Result lossy = run("fixed-rate=40m", new Link().loss(10), 1);
        assertThat(clean.share).isBetween(0.36, 0.40);
        assertThat(lossy.share).isBetween(0.35, 0.40);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bbr", "cubic", "vegas"})
    void bytesFlowSoonAfterABlackout(String algorithm) {
        LinkModel model = new LinkModel(new Link().blackout(2, 3), 1);
        Flow flow = model.add(CongestionAlgorithm.parse(algorithm).create(1200), 0);
        model.run(5.9);
        long payload = flow.payload();
        model.run(6.9);
        assertThat(flow.firstArrivalAfterBlackout).isBetween(5_000_000_000L, 5_600_000_000L);
        assertThat((flow.payload() - payload) * 8).isGreaterThan((long) 50e6);
    }

    /** The part that {@code one} has of what both get between two seconds. */
    private static double part(LinkModel model, Flow one, Flow other, double from, double to) {
        model.run(from);
        long before = one.payload();
        long beforeOther = other.payload();
        model.run(to);
        double got = one.payload() - before;
        return got / (got + other.payload() - beforeOther);
    }

    /** The part that {@code algorithm} has in 17 s beside CUBIC, which is first by {@code lead} seconds, or later where that is negative. */
    private static double partBesideCubic(CongestionAlgorithm algorithm, double lead, int run) {
        LinkModel model = new LinkModel(new Link().rate(50).roundTrip(40).queue(250_000), run + 1);
        double later = Math.abs(lead) + 0.037 * run;
        Flow one = model.add(algorithm.create(1200), lead > 0 ? later : 0);
        Flow cubic = model.add(CongestionAlgorithm.CUBIC.create(1200), lead > 0 ? 0 : later);
        return part(model, one, cubic, 2 + Math.abs(lead), 19 + Math.abs(lead));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.1, 1, 3})
    void bbrThatIsFirstLeavesCubicItsPart(double lead) {
        for (int run = 0; run < 4; run++) {
            assertThat(partBesideCubic(CongestionAlgorithm.BBR, -lead, run)).as("run %d", run).isBetween(0.3, 0.7);
        }
    }

    /** A flow of CUBIC that comes later has less than its half for long; one of BBR in its place, about as much. */
    @ParameterizedTest
    @CsvSource({"0.1, 0.2, 0.3, 0.95", "1, 0.2, 0.3, 0.9", "3, 0.17, 0.2, 0.7"})
    void bbrThatIsSecondGetsWhatCubicWouldGet(double lead, double least, double mean, double ofCubics) {
        double sum = 0;
        double cubics = 0;
        for (int run = 0; run < 4; run++) {
            double part = partBesideCubic(CongestionAlgorithm.BBR, lead, run);
            assertThat(part).as("run %d", run).isBetween(least, 0.7);
            sum += part;
            cubics += partBesideCubic(CongestionAlgorithm.CUBIC, lead, run);
        }
        assertThat(sum / 4).isGreaterThan(mean);
        assertThat(sum).isGreaterThan(ofCubics * cubics);
    }

    @Test
    void twoOfBbrShareAlike() {
        LinkModel model = new LinkModel(new Link().rate(50).roundTrip(40).queue(250_000), 1);
        Flow one = model.add(CongestionAlgorithm.BBR.create(1200), 0);
        Flow two = model.add(CongestionAlgorithm.BBR.create(1200), 2);
        assertThat(part(model, one, two, 12, 30)).isBetween(0.3, 0.7);
    }

    /** What an end takes in late it takes in faster than it came: that is not the rate of the link. */
    @Test
    void anEndThatIsLateIsNotTakenForAFasterLink() {
        for (long seed = 1; seed <= 3; seed++) {
            Link link = new Link().loss(1).lateEnds(12);
            LinkModel model = new LinkModel(link, seed);
            Bbr control = (Bbr) CongestionAlgorithm.BBR.create(1200);
            Flow flow = model.add(control, 0);
            model.run(8); // STARTUP takes all that it sees
            long payload = flow.payload();
            for (double second = 8; second <= 14; second += 0.5) {
                model.run(second);
                assertThat(control.maxBandwidth() * 8 / link.bitsPerSecond).as("rate at %s s", second).isLessThan(1.05);
            }
            assertThat((flow.payload() - payload) * 8.0 / 6 / link.bitsPerSecond).isGreaterThan(0.94);
        }
    }

    @Test
    void aLongRoundTripIsNoObstacle() {
        Link link = new Link().rate(10).roundTrip(1500).queue(25 * 1500);
        LinkModel model = new LinkModel(link, 1);
        Flow flow = model.add(CongestionAlgorithm.BBR.create(1200), 0);
        model.run(30);
        long payload = flow.payload();
        model.run(60);
        assertThat((flow.payload() - payload) * 8.0 / 30 / link.bitsPerSecond).isGreaterThan(0.8);
    }
}
