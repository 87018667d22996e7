package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

class RuleSetFuzzTest {
    private static final List<String> SEEDS = List.of("# comment\nexample.com\n.example.org\n*.example.net # x\n+.plus.example\n",
            "10.0.0.0/8\n192.0.2.1\r\n2001:db8::/32\nfd00::1\n", "\ufeffmünchen.de\n\n \t\n日本語。jp",
            "0.0.0.0 ads.example\n127.1\n/\n::\n*\n");

    @Test
    void seedsAndMutations() {
        Mutations.run(SEEDS, 8_000, RuleSetFuzzTest::fuzzerTestOneInput);
    }

    static List<byte[]> inputs() {
        return SEEDS.stream().map(seed -> seed.getBytes(StandardCharsets.UTF_8)).toList();
    }

    @Tag("jazzer")
    @MethodSource("inputs")
    @FuzzTest(maxDuration = "5m")
    void explore(byte[] input) {
        fuzzerTestOneInput(input);
    }

    /** Any text gives a set and faults, each in one of its lines; every line is one or the other, or empty. */
    public static void fuzzerTestOneInput(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        RuleSetParser.Result result = RuleSetParserTest.parse(text);
        List<String> lines = text.lines().toList();
        int before = 0;
        for (RuleSetParser.Fault fault : result.faults()) {
            assertThat(fault.line()).isGreaterThan(before).isLessThanOrEqualTo(lines.size());
            assertThat(fault.column()).isBetween(1, lines.get(fault.line() - 1).length());
            assertThat(fault.message()).matches("[ -~]+");
            before = fault.line();
        }
        assertThat(result.faults().size() + result.hosts().size()).isLessThanOrEqualTo(lines.size());
        for (String line : lines) {
            assertThat(result.hosts().domains().contains(line)).isIn(true, false); // whatever it is, it is answered
        }
    }
}
