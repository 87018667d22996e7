package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

class DestinationFuzzTest {
    private static final List<String> SEEDS = List.of("example.com:80", "1.2.3.4:443", "[::1]:8080", "[fe80::1%25eth0]:80",
            "[::ffff:1.2.3.4]:1", "[64:ff9b::10.0.0.1]:65535", "münchen.de.:1", "faß.example:2", "日本語。jp:80",
            "xn--mnchen-3ya.de:80",
            "0x7f000001:80", "127.1:80", "_a-b.c:80", "fe80::1%lo", "10.0.0.0/8", "a".repeat(63) + ".b:1");

    @Test
    void seedsAndMutations() {
        Mutations.run(SEEDS, 20_000, DestinationFuzzTest::fuzzerTestOneInput);
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

    /** Any text is a destination whose print is read as the same again, or is refused in words that are safe to log. */
    public static void fuzzerTestOneInput(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        try {
            Destination destination = Destination.parse(Network.TCP, text, 80);
            assertThat(Destination.parse(Network.TCP, destination.toString())).isEqualTo(destination);
            assertThat(Host.parse(destination.host().toString())).isEqualTo(destination.host());
            if (destination.host() instanceof Host.Name name) {
                assertThat(name.value()).matches("[a-z0-9_-]{1,63}(\\.[a-z0-9_-]{1,63})*").hasSizeLessThanOrEqualTo(253);
                assertThat(name.value()).doesNotMatch("(.*\\.)?([0-9]+|0x[0-9a-f]*)");
            }
        } catch (InvalidDestinationException e) {
            assertThat(e.getMessage()).matches("[ -~]+").hasSizeLessThan(1000);
        }
        try {
            Cidr block = Cidr.parse(text);
            assertThat(Cidr.parse(block.toString())).isEqualTo(block);
            assertThat(block.contains(block.network())).isTrue();
            assertThat(AddressSet.of(List.of(block)).contains(block.network())).isTrue();
        } catch (InvalidDestinationException e) {
            assertThat(e.getMessage()).matches("[ -~]+").hasSizeLessThan(1000);
        }
    }
}
