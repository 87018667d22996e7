package dev.sluice.rudp.protocol.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sluice.testkit.Fuzzing;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whatever bytes come as a cookie, only one that was issued is taken; and whatever bytes come as a packet, none opens. */
class RetryCookieFuzzTest {
    private static final RetryCookie COOKIES = new RetryCookie(new RetryCookie.Seed());
    private static final byte[] ADDRESS = {127, 0, 0, 1, 1, 2};
    private static final byte[] ISSUED = COOKIES.issue(0, ADDRESS, new byte[]{9, 8, 7, 6, 5, 4, 3, 2});
    private static final PacketProtection PACKETS = PacketProtection.of(Aead.AES_GCM, new byte[32], new byte[32]);

    @Test
    void corpusAndMutations() {
        Fuzzing.run(
                List.of(ISSUED, COOKIES.issue(0, ADDRESS, new byte[0]), COOKIES.issue(0, ADDRESS, new byte[20]), new byte[1200]),
                3_000, RetryCookieFuzzTest::take);
    }

    /** Jazzer's entry point. */
    @Tag("jazzer")
    @FuzzTest(maxDuration = "5m")
    void explore(byte[] input) {
        take(input);
    }

    private static void take(byte[] input) {
        byte[] id = COOKIES.originalId(0, ADDRESS, input, 0, input.length);
        if (id != null) {
            assertThat(input).isEqualTo(COOKIES.issue(0, ADDRESS, id));
        }
        byte[] before = input.clone();
        assertThat(PACKETS.open(0, input, 0, input.length, 9, 5, new byte[Math.max(16, input.length)], 0))
                .isEqualTo(PacketProtection.NOT_AUTHENTIC);
        assertThat(Arrays.equals(input, before)).isTrue();
    }
}
