package dev.sluice.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class FuzzingTest {
    private static final List<byte[]> CORPUS = List.of("GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII), new byte[]{5, 1, 0},
            new byte[0]);

    @Test
    void sameSeedSameInputs() {
        List<Integer> first = hashes();
        assertThat(first).hasSize(503).isEqualTo(hashes());
        assertThat(first.stream().distinct().count()).isGreaterThan(300);
    }

    private static List<Integer> hashes() {
        List<Integer> hashes = new ArrayList<>();
        Fuzzing.run(CORPUS, 500, input -> hashes.add(Arrays.hashCode(input)));
        return hashes;
    }

    @Test
    void aFailureNamesSeedAndInput() {
        assertThatThrownBy(() -> Fuzzing.run(CORPUS, 500, input -> {
            if (input.length > 20) {
                throw new IllegalStateException("too long");
            }
        })).isInstanceOf(AssertionError.class).hasMessageContaining("fuzz.seed=").hasMessageContaining("input of ")
                .hasRootCauseMessage("too long");
    }
}
