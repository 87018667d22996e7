package dev.sluice.anytls.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sluice.anytls.auth.AuthReader.Verdict;
import dev.sluice.testkit.Fuzzing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

class AuthReaderFuzzTest {
    private static final List<byte[]> CORPUS = List.of(AuthReaderTest.authentication(0, 0), AuthReaderTest.authentication(30, 9),
            AuthReaderTest.authentication(300, 1), new byte[40]);

    @Test
    void corpusAndMutations() {
        Fuzzing.run(CORPUS, 3_000, AuthReaderFuzzTest::fuzzerTestOneInput);
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

    /** Any bytes, in two pieces, end as in one; and a stranger's bytes are all still there. */
    public static void fuzzerTestOneInput(byte[] input) {
        AuthReader<String> whole = new AuthReader<>(new AuthReaderTest.OneUser());
        ByteBuf all = Unpooled.wrappedBuffer(input);
        Verdict expected = whole.handle(all);

        AuthReader<String> halves = new AuthReader<>(new AuthReaderTest.OneUser());
        ByteBuf in = Unpooled.buffer();
        in.writeBytes(input, 0, input.length / 2);
        Verdict verdict = halves.handle(in);
        in.writeBytes(input, input.length / 2, input.length - input.length / 2);
        if (verdict == Verdict.MORE) {
            verdict = halves.handle(in);
        }
        assertThat(verdict).isEqualTo(expected);
        assertThat(in.readableBytes()).isEqualTo(all.readableBytes());
        if (halves.user() == null) {
            assertThat(in.readableBytes()).isEqualTo(input.length);
        }
    }
}
