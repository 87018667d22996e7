package dev.sluice.rudp.protocol.fec;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sluice.testkit.Fuzzing;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whatever bytes come as a repair frame: they are taken or refused, and what they bring back is never larger than a packet. */
class FecFuzzTest {
    @Test
    void anyBytesAreTakenOrRefused() {
        FecEncoder encoder = new FecEncoder(64);
        FecRate rate = FecTest.rate(3);
        for (int i = 0; i < FecEncoder.BLOCK; i++) {
            encoder.onSent(i * 3L, new byte[60], 0, 60, rate);
        }
        List<byte[]> corpus = new ArrayList<>();
        while (encoder.pendingLength() > 0) {
            byte[] body = new byte[encoder.pendingLength()];
            encoder.writeRepair(body, 0);
            corpus.add(body);
        }
        Fuzzing.run(corpus, 5_000, FecFuzzTest::decode);
    }

    /** Jazzer's entry point. */
    @Tag("jazzer")
    @FuzzTest(maxDuration = "5m")
    void explore(byte[] input) {
        decode(input);
    }

    private static void decode(byte[] input) {
        FecDecoder decoder = new FecDecoder(64, (number, payload, offset, length) -> {
            assertThat(length).isBetween(0, 64);
            assertThat(offset + length).isLessThanOrEqualTo(payload.length);
        });
        byte[] payload = new byte[64];
        for (int i = 0; i < 100; i += 3) {
            if (i % 7 != 0) {
                decoder.onSource(i, payload, 0, 60);
            }
        }
        decoder.onRepair(input, 0, input.length);
        decoder.onRepair(input, 0, input.length);
        if (input.length > 1) {
            byte[] next = input.clone();
            next[0]++;
            decoder.onRepair(next, 0, next.length);
        }
    }
}
