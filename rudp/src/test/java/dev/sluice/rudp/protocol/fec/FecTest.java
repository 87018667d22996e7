package dev.sluice.rudp.protocol.fec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FecTest {
    private static final int MAX = 1400;

    /** A rate of this many repair symbols. */
    static FecRate rate(int repairs) {
        FecRate rate = new FecRate();
        for (int i = 0; i < 3_000 && rate.repairs(FecEncoder.BLOCK) < repairs; i++) {
            rate.onFeedback(FecEncoder.BLOCK - Math.min(FecEncoder.BLOCK, i / 20), Math.min(FecEncoder.BLOCK, i / 20));
        }
        assertThat(rate.repairs(FecEncoder.BLOCK)).isEqualTo(repairs);
        return rate;
    }

    @Test
    void theFieldIsAField() {
        for (int a = 1; a < 256; a++) {
            assertThat(Gf256.multiply(a, Gf256.divide(1, a))).isOne();
            assertThat(Gf256.multiply(a, 1)).isEqualTo(a);
            for (int b = 0; b < 256; b += 7) {
                int c = (a * 31 + b) & 0xff;
                assertThat(Gf256.multiply(a, b ^ c)).isEqualTo(Gf256.multiply(a, b) ^ Gf256.multiply(a, c));
                assertThat(Gf256.multiply(Gf256.multiply(a, b), c)).isEqualTo(Gf256.multiply(a, Gf256.multiply(b, c)));
            }
        }
        for (int source = 0; source < Cauchy.MAX_SOURCES; source++) {
            assertThat(Cauchy.factor(0, source)).as("the first repair symbol is a plain sum").isOne();
        }
    }

    /** Whatever is lost, as long as it is no more than the repair symbols that arrive, everything is there. */
    @Test
    void anyLossesUpToTheRepairSymbolsAreRecovered() {
        for (long seed = 0; seed < 400; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int repairs = 1 + random.nextInt(FecRate.MAX_REPAIRS);
            FecRate rate = rate(repairs);
            FecEncoder encoder = new FecEncoder(MAX);
            Map<Long, byte[]> recovered = new HashMap<>();
            FecDecoder decoder = new FecDecoder(MAX, (number, payload, offset, length) -> recovered.put(number,
                    Arrays.copyOfRange(payload, offset, offset + length)));
            long number = random.nextLong(1L << random.nextInt(1, 62));
            int count = random.nextInt(4) == 0 ? 1 + random.nextInt(FecEncoder.BLOCK) : FecEncoder.BLOCK;
            Map<Long, byte[]> sent = new HashMap<>();
            List<Long> order = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                byte[] payload = new byte[random.nextInt(5) == 0 ? random.nextInt(MAX + 1) : MAX];
                random.nextBytes(payload);
                encoder.onSent(number, payload, 0, payload.length, rate);
                sent.put(number, payload);
                order.add(number);
                number += 1 + (random.nextInt(4) == 0 ? random.nextInt(4) : 0);
            }
            encoder.flush(rate);
            List<byte[]> bodies = new ArrayList<>();
            while (encoder.pendingLength() > 0) {
                byte[] body = new byte[encoder.pendingLength()];
                assertThat(encoder.writeRepair(body, 0)).isEqualTo(body.length)
                        .isLessThanOrEqualTo(MAX + FecEncoder.MAX_OVERHEAD);
                bodies.add(body);
            }
            assertThat(bodies).as("seed %d", seed).isNotEmpty();
            // lose some repair symbols and as many sources as the rest can make up for
            shuffle(bodies, random);
            List<byte[]> arriving = bodies.subList(0, 1 + random.nextInt(bodies.size()));
            shuffle(order, random);
            Set<Long> lost = new HashSet<>(order.subList(0, Math.min(order.size(), 1 + random.nextInt(arriving.size()))));
            List<Runnable> events = new ArrayList<>();
            for (long source : order) {
                if (!lost.contains(source)) {
                    byte[] payload = Objects.requireNonNull(sent.get(source));
                    events.add(() -> decoder.onSource(source, payload, 0, payload.length));
                }
            }
            for (byte[] body : arriving) {
                events.add(() -> assertThat(decoder.onRepair(body, 0, body.length)).isTrue());
            }
            if (random.nextBoolean()) {
                shuffle(events, random);
            }
            events.forEach(Runnable::run);
            assertThat(recovered.keySet()).as("seed %d", seed).containsAll(lost);
            recovered.forEach((source, payload) -> assertThat(payload).isEqualTo(sent.get(source)));
        }
    }

    private static <T> void shuffle(List<T> list, SplittableRandom random) {
        for (int i = list.size() - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            T value = list.get(i);
            list.set(i, list.get(j));
            list.set(j, value);
        }
    }

    @Test
    void aLongRunOverALossyLinkRecoversMostAndNothingWrong() {
        SplittableRandom random = new SplittableRandom(7);
        FecRate rate = new FecRate();
        FecEncoder encoder = new FecEncoder(100);
        long[] wrong = new long[1];
        FecDecoder decoder = new FecDecoder(100, (number, payload, offset, length) -> {
            boolean right = length == 20 + number % 80;
            for (int i = 0; i < length; i++) {
                right &= payload[offset + i] == (byte) (number * 31 + i);
            }
            wrong[0] += right ? 0 : 1;
        });
        long lost = 0;
        long repairs = 0;
        int packets = 200_000;
        long number = 0;
        int acked = 0;
        int missed = 0;
        for (int i = 0; i < packets; i++, number++) {
            byte[] payload = new byte[(int) (20 + number % 80)];
            for (int j = 0; j < payload.length; j++) {
                payload[j] = (byte) (number * 31 + j);
            }
            encoder.onSent(number, payload, 0, payload.length, rate);
            if (random.nextInt(20) == 0) {
                lost++;
                missed++;
            } else {
                acked++;
                decoder.onSource(number, payload, 0, payload.length);
            }
            while (encoder.pendingLength() > 0) {
                byte[] body = new byte[encoder.pendingLength()];
                encoder.writeRepair(body, 0);
                number++;
                repairs++;
                if (random.nextInt(20) != 0) {
                    decoder.onRepair(body, 0, body.length);
                }
            }
            if (i % 10 == 0) {
                rate.onFeedback(acked, missed);
                acked = 0;
                missed = 0;
            }
        }
        assertThat(wrong[0]).isZero();
        assertThat(rate.loss()).isBetween(0.03, 0.07);
        assertThat((double) decoder.recovered() / lost).isGreaterThan(0.93);
        assertThat((double) repairs / packets).isBetween(0.08, 0.2);
    }

    @Test
    void cleanLinksPayNothing() {
        FecRate rate = new FecRate();
        FecEncoder encoder = new FecEncoder(MAX);
        for (int i = 0; i < 10_000; i++) {
            encoder.onSent(i, new byte[MAX], 0, MAX, rate);
            rate.onFeedback(1, i % 1000 == 999 ? 1 : 0);
            assertThat(encoder.pendingLength()).isZero();
        }
        for (int i = 0; i < 2_000; i++) {
            rate.onFeedback(32, 1);
        }
        assertThat(rate.repairs(32)).isBetween(1, 4);
        for (int i = 0; i < 2_000; i++) {
            rate.onFeedback(32, 0);
        }
        assertThat(rate.repairs(32)).isZero();
    }

    @Test
    void burstsGetMoreThanTheSameLossSpreadEvenly() {
        FecRate even = new FecRate();
        FecRate bursts = new FecRate();
        for (int i = 0; i < 4_000; i++) {
            even.onFeedback(31, 1);
            bursts.onFeedback(32, i % 8 == 0 ? 8 : 0);
        }
        assertThat(bursts.repairs(32)).isGreaterThan(even.repairs(32) + 2);
    }
}
