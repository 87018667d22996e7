package dev.sluice.proxy.socks;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sluice.proxy.socks.SocksServerHandshake.Step;
import dev.sluice.testkit.Fuzzing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

class SocksServerFuzzTest {
    private static final List<byte[]> CORPUS = List.of(SocksServerHandshakeTest.hex("050100", "050100030161", "0050"),
            SocksServerHandshakeTest.hex("05020002", "0103626f62027077", "05010001", "7f000001", "0050"),
            SocksServerHandshakeTest.hex("050100", "05030004", "00000000000000000000000000000001", "0000"),
            SocksServerHandshakeTest.hex("0401", "0050", "00000001", "6d6500", "612e6200"),
            SocksServerHandshakeTest.hex("0401", "0050", "7f000001", "00"));

    @Test
    void corpusAndMutations() {
        Fuzzing.run(CORPUS, 5_000, SocksServerFuzzTest::fuzzerTestOneInput);
    }

    static List<byte[]> inputs() {
        return CORPUS;
    }

    @Tag("jazzer")
    @MethodSource("inputs")
    @FuzzTest(maxDuration = "5m")
    void explore(byte[] input) {
        fuzzerTestOneInput(input);
    }

    /** Any bytes, in two pieces: never an exception, never an endless wait, an end that is one. */
    public static void fuzzerTestOneInput(byte[] input) {
        SocksServerHandshake handshake = new SocksServerHandshake(input.length % 2 == 0);
        ByteBuf in = Unpooled.buffer();
        boolean ended = false;
        int half = input.length / 2;
        for (int[] piece : new int[][]{{0, half}, {half, input.length - half}}) {
            in.writeBytes(input, piece[0], piece[1]);
            for (Step step = handshake.handle(in); step != null; step = handshake.handle(in)) {
                assertThat(ended).isFalse();
                ended = step instanceof Step.Request || step instanceof Step.Refuse;
                if (step instanceof Step.Check) {
                    handshake.passwordChecked(true);
                }
            }
        }
        if (!ended) {
            assertThat(in.readableBytes()).isLessThan(SocksServerHandshake.MAX_STEP);
        }
    }
}
