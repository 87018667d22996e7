package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class RuleSetParserTest {

    static RuleSetParser.Result parse(String text) {
        try {
            return RuleSetParser.parse(new StringReader(text));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void everyForm() {
        RuleSetParser.Result result = parse(
                "\ufeff# a comment\r\n\r\n example.com \n.below.example # and a remark\n*.only.example\n"
                        + "+.plus.example\nmünchen.de\n10.0.0.0/8\n192.0.2.7\n2001:db8::/32\n2001:db9::1#x");
        assertThat(result.faults()).isEmpty();
        HostSet hosts = result.hosts();
        assertThat(
                List.of("example.com", "below.example", "x.below.example", "x.only.example", "plus.example", "xn--mnchen-3ya.de"))
                .allMatch(n -> hosts.contains(n, null));
        assertThat(List.of("www.example.com", "only.example")).noneMatch(n -> hosts.contains(n, null));
        assertThat(List.of("10.9.9.9", "192.0.2.7", "2001:db8::1", "2001:db9::1"))
                .allMatch(a -> hosts.contains(null, Addresses.parse(a)));
        assertThat(hosts).hasToString("5 domains, 4 address blocks");
    }

    @Test
    void faultsHaveTheirPlaceAndTheRestIsRead() {
        RuleSetParser.Result result = parse(
                "a.example\n  a b\n10.0.0.0/40\n\n127.1\n0.0.0.0 ads.example\nb.example\n||ads^\n*\n");
        assertThat(result.faults()).extracting(RuleSetParser.Fault::line).containsExactly(2, 3, 5, 6, 8, 9);
        assertThat(result.faults()).extracting(RuleSetParser.Fault::column).containsExactly(3, 1, 1, 1, 1, 1);
        assertThat(result.faults().getFirst().message()).contains("U+0020");
        assertThat(result.hosts().size()).isEqualTo(2);
    }

    @Test
    void aFileOfSomethingElseDoesNotMakeAFaultForEachLine() {
        assertThat(parse("<html> \n".repeat(100_000)).faults()).hasSize(100);
    }
}
