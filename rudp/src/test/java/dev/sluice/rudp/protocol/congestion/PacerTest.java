package dev.sluice.rudp.protocol.congestion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The pacer, the round-trip estimate, the delivery rate and the names of algorithms. */
class PacerTest {
    private static final long MS = 1_000_000;

    @Test
    void keepsTheRateWhateverTheTimers() {
        SplittableRandom random = new SplittableRandom(1);
        for (long rate : new long[]{12_500, 1_250_000, 12_500_000, 500_000_000}) {
            Pacer pacer = new Pacer(1400);
            long now = 77;
            pacer.setRate(now, rate);
            long start = now;
            long sent = 0;
            while (now - start < 4_000 * MS) {
                int budget = pacer.budget(now);
                while (budget >= 1400) {
                    int batch = Math.min(budget / 1400 * 1400, 64 * 1400);
                    pacer.onSent(now, batch);
                    sent += batch;
                    assertThat(pacer.budget(now)).isLessThanOrEqualTo(budget - batch);
                    budget = pacer.budget(now);
                }
                long next = pacer.nextSend(now);
                assertThat(next).isGreaterThan(now);
                now = next + random.nextLong(2 * MS);
            }
            assertThat((double) sent).as("at %d bytes a second", rate).isBetween(3.9 * rate, 4.1 * rate + 20 * 1400);
        }
    }

    @Test
    void aPauseSavesNoMoreThanABurst() {
        Pacer pacer = new Pacer(1200);
        pacer.setRate(0, 125_000);
        pacer.onSent(0, pacer.budget(0));
        assertThat(pacer.budget(0)).isZero();
        assertThat(pacer.budget(60_000 * MS)).isEqualTo(12_000);
    }

    @Test
    void probesMayGoAheadAndArePaidFor() {
        Pacer pacer = new Pacer(1000);
        pacer.setRate(0, 1_000_000);
        pacer.onSent(0, 10_000);
        pacer.onSent(0, 2_000);
        assertThat(pacer.nextSend(0)).isEqualTo(3 * MS);
        assertThat(pacer.budget(2 * MS)).isZero();
        assertThat(pacer.budget(3 * MS)).isEqualTo(1_000);
    }

    @Test
    void roundTripsAsTheRfcHasThem() {
        RttEstimator rtt = new RttEstimator();
        assertThat(rtt.probeTimeout(0)).isEqualTo(333 * MS + 4 * 333 * MS / 2);
        rtt.onSample(100 * MS, 50 * MS);
        assertThat(rtt.smoothed()).isEqualTo(100 * MS);
        assertThat(rtt.variation()).isEqualTo(50 * MS);
        rtt.onSample(140 * MS, 20 * MS);
        assertThat(rtt.min()).isEqualTo(100 * MS);
        assertThat(rtt.smoothed()).isEqualTo((7 * 100 * MS + 120 * MS) / 8);
        assertThat(rtt.variation()).isEqualTo((3 * 50 * MS + 20 * MS) / 4);
        rtt.onSample(110 * MS, 20 * MS);
        assertThat(rtt.latest()).as("a delay that would undercut the smallest is not believed").isEqualTo(110 * MS);
        rtt.forgetMin();
        assertThat(rtt.min()).isEqualTo(110 * MS);
        rtt.reset();
        assertThat(rtt.hasSample()).isFalse();
    }

    @Test
    void deliveryRateIsWhatArrivedOverTheLongerInterval() {
        DeliveryRate rate = new DeliveryRate();
        RttEstimator rtt = new RttEstimator();
        rtt.onSample(10 * MS, 0);
        Transmission[] packets = new Transmission[20];
        long inFlight = 0;
        for (int i = 0; i < 20; i++) {
            packets[i] = new Transmission();
            packets[i].packetNumber = i;
            packets[i].bytes = 1000;
            rate.onSent(i * MS, packets[i], inFlight);
            inFlight += 1000;
        }
        for (int i = 0; i < 20; i++) {
            rate.onAcked(40 * MS + 2L * i * MS, packets[i]);
            inFlight -= 1000;
            AckSample sample = rate.sample(40 * MS + 2L * i * MS, 0, rtt, inFlight);
            assertThat(sample.ackedBytes()).isEqualTo(1000);
            assertThat(sample.largestPacketNumber()).isEqualTo(i);
            // nothing was delivered when they left, so each is over all that came since
            assertThat(sample.deliveryRate()).isEqualTo((long) ((i + 1) * 1000.0 * 1e9 / ((40 + 2L * i) * MS)));
        }
        assertThat(rate.delivered()).isEqualTo(20_000);
    }

    @Test
    void samplesOfASenderWithoutDataAreMarked() {
        DeliveryRate rate = new DeliveryRate();
        RttEstimator rtt = new RttEstimator();
        rate.onAppLimited(0);
        Transmission first = packet(rate, 0, 0);
        rate.onAcked(10 * MS, first);
        assertThat(rate.sample(10 * MS, 10 * MS, rtt, 0).appLimited()).isTrue();
        assertThat(rate.appLimited()).isFalse();
        Transmission second = packet(rate, 1, 11 * MS);
        rate.onAcked(21 * MS, second);
        assertThat(rate.sample(21 * MS, 10 * MS, rtt, 0).appLimited()).isFalse();
        rate.onLost(packet(rate, 2, 22 * MS));
        assertThat(rate.sample(23 * MS, 0, rtt, 0).lostBytes()).isEqualTo(1000);
    }

    private static Transmission packet(DeliveryRate rate, long number, long now) {
        Transmission packet = new Transmission();
        packet.packetNumber = number;
        packet.bytes = 1000;
        rate.onSent(now, packet, 0);
        return packet;
    }

    @Test
    void algorithmsAreReadAsTheyAreWritten() {
        for (String name : new String[]{"bbr", "cubic", "vegas"}) {
            assertThat(CongestionAlgorithm.parse(name).create(1200).name()).isEqualTo(name);
        }
        assertThat(CongestionAlgorithm.parse("fixed-rate=80m").rate()).isEqualTo(10_000_000);
        assertThat(CongestionAlgorithm.parse("fixed-rate=1.5g").rate()).isEqualTo(187_500_000);
        assertThat(CongestionAlgorithm.parse("fixed-rate=64000").create(1200).pacingRate()).isEqualTo(8_000);
        for (String wrong : new String[]{"", "reno", "fixed-rate=", "fixed-rate=m", "fixed-rate=-5m", "fixed-rate=1",
                "fixed-rate=9e99"}) {
            assertThatThrownBy(() -> CongestionAlgorithm.parse(wrong)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("bbr, cubic, vegas");
        }
    }
}
