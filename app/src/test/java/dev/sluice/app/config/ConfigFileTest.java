package dev.sluice.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sluice.net.ServerTls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a file may say, and what each fault in it is called, with its place. */
final class ConfigFileTest {
    private static final String LISTENER = "inbounds: [{type: mixed, listen: '127.0.0.1:8088'}]\n";

    @TempDir
    private Path directory = Path.of("");

    private Config read(String text) throws ConfigException {
        return ConfigFile.read("f", text, directory, Map.of("PW", "hunter2", "EMPTY", ""));
    }

    private List<String> faults(String text) {
        ConfigException e = catchThrowableOfType(ConfigException.class, () -> read(text));
        assertThat(e).as("a fault in: %s", text).isNotNull();
        return Objects.requireNonNull(e).faults().stream().map(Fault::toString).toList();
    }

    @Test
    void filesOfTlsAreReadAndMustBelongTogether() throws Exception {
        ServerTls.selfSigned(directory, "one", List.of());
        ServerTls.selfSigned(directory, "two", List.of());
        Files.writeString(directory.resolve("text.pem"), "no certificate\n");
        String listener = "inbounds:\n  - type: mixed\n    listen: 127.0.0.1:80\n    tls:\n      cert: %s\n      key: %s\n";
        assertThat(read(listener.formatted("one.pem", "one.pem")).inbounds()).hasSize(1);
        assertThat(faults(listener.formatted("one.pem", "two.pem"))).singleElement().asString().startsWith("f:6:12: ")
                .contains("does not belong to");
        assertThat(faults(listener.formatted("text.pem", "one.pem"))).singleElement().asString().startsWith("f:5:13: ")
                .contains("no certificate");
        assertThat(faults(listener.formatted("one.pem", "text.pem"))).singleElement().asString().startsWith("f:6:12: ")
                .contains("no private key");
        assertThat(faults(LISTENER + "outbounds:\n  - type: http\n    name: a\n    server: h:1\n    tls: {ca: text.pem}\n"))
                .singleElement().asString().startsWith("f:6:15: ").contains("no certificate");
    }

    @Test
    void filesThatHoldValuesAreKnown() throws Exception {
        Files.writeString(directory.resolve("pw"), "secret\n");
        Config config = read(LISTENER + "users: [{name: ann, password: 'file:pw'}, {name: bob, password: '${file:pw}'}]\n");
        assertThat(config.valueFiles()).containsExactly(directory.resolve("pw"));
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                Arguments.of("inbound: []\n", "f:1:1: unknown key 'inbound' in the configuration; did you mean 'inbounds'?"),
                Arguments.of("{}\n", "f:1:1: the configuration needs the key 'inbounds'"),
                Arguments.of("inbounds: []\n", "f:1:11: the list is empty: nothing would listen"),
                Arguments.of("inbounds: 7\n", "f:1:11: a list of object is expected here"),
                Arguments.of("inbounds:\n", "f:1:1: the key 'inbounds' has no value"),
                Arguments.of("- a\n", "f:1:1: the configuration is written as keys and values, this is a list"),
                Arguments.of("inbounds:\n\t- a\n", "f:2:1: a tab cannot indent in YAML: use spaces"),
                Arguments.of("inbounds: [\n", "f:2:1: this is no YAML"),
                Arguments.of("", "f:1:1: the file is empty"),
                Arguments.of("inbounds:\n  - listen: 127.0.0.1:1\n",
                        "f:2:5: an inbound needs the key 'type' (mixed, http, socks, anytls, rudp, forward)"),
                Arguments.of("inbounds:\n  - {type: mixd, listen: '127.0.0.1:1'}\n",
                        "f:2:12: unknown type 'mixd' of an inbound; did you mean 'mixed'? (allowed: mixed, http, socks, anytls, rudp, forward)"),
                Arguments.of("inbounds:\n  - type: mixed\n    listen: 127.0.0.1:99999\n",
                        "f:3:13: port 99999 is not in 0..65535"),
                Arguments.of("inbounds:\n  - type: mixed\n    listen: example.com:80\n",
                        "f:3:13: 'example.com' is no address to listen on"),
                Arguments.of("inbounds:\n  - type: mixed\n    listen: '127.0.0.1'\n", "f:3:13: '127.0.0.1' has no port"),
                Arguments.of("inbounds:\n  - type: mixed\n    listen: 0.0.0.0:80\n",
                        "f:3:13: the inbound 'mixed-80' would be an open proxy"),
                Arguments.of("inbounds:\n  - type: socks\n    listen: 0.0.0.0:80\n    users: []\n",
                        "f:3:13: the inbound 'socks-80' would be an open proxy"),
                Arguments.of("inbounds:\n  - type: mixed\n    type: http\n    listen: 127.0.0.1:80\n",
                        "f:3:5: the key 'type' is written twice, first at line 2"),
                Arguments.of("inbounds:\n  - type: mixed\n    listen: 127.0.0.1:80\n    users: [bob]\n",
                        "f:4:13: unknown user 'bob' (none is declared)"),
                Arguments.of("inbounds:\n  - type: mixed\n    listen: 127.0.0.1:80\n    allow-from: 10.0.0.1/8\n",
                        "f:4:17: '10.0.0.1/8'"),
                Arguments.of("inbounds:\n  - type: mixed\n    listen: 127.0.0.1:80\n    tls: {cert: /nope}\n",
                        "f:4:17: the file '/nope' does not exist"),
                Arguments.of("inbounds:\n  - type: mixed\n    listen: 127.0.0.1:80\n    tls: {self-signed: yes}\n",
                        "f:4:24: 'yes' is neither true nor false"),
                Arguments.of("inbounds:\n  - {type: mixed, listen: '127.0.0.1:80'}\n  - {type: http, listen: '127.0.0.1:80'}\n",
                        "f:3:26: the inbound 'mixed-80' listens on the same address"),
                Arguments.of("inbounds:\n  - {type: forward, listen: '127.0.0.1:80'}\n",
                        "f:2:5: an inbound of type forward needs the key 'to'"),
                Arguments.of(LISTENER + "outbounds:\n  - {type: socks, name: a, server: 'h:0'}\n",
                        "f:3:36: port 0 is not in 1..65535"),
                Arguments.of(LISTENER + "outbounds:\n  - {type: block, name: a}\n  - {type: block, name: a}\n",
                        "f:4:25: the outbound 'a' is declared twice, first at line 3"),
                Arguments.of(LISTENER + "outbounds:\n  - {type: socks, name: a, server: 'h:1', via: b}\n",
                        "f:3:48: unknown outbound 'b' (declared: a, block, direct)"),
                Arguments.of(LISTENER
                        + "outbounds:\n  - {type: failover, name: a, outbounds: [b]}\n  - {type: balance, name: b, outbounds: [a]}\n",
                        "f:4:42: the outbounds lead in a circle: a -> b -> a"),
                Arguments.of(LISTENER + "routes:\n  - {when: {port: 443}, to: fra}\n", "f:3:29: unknown outbound 'fra'"),
                Arguments.of(LISTENER + "routes:\n  - {when: {port: 70000}, to: direct}\n", "f:3:19: port"),
                Arguments.of(LISTENER + "routes:\n  - {when: {domain-regex: '('}, to: direct}\n", "f:3:27: "),
                Arguments.of(LISTENER + "routes:\n  - {when: {}, to: direct}\n", "f:3:12: 'when' says nothing"),
                Arguments.of(LISTENER + "routes:\n  - {to: direct}\n", "f:3:5: 'to' needs 'when'"),
                Arguments.of(LISTENER + "routes:\n  - default: direct\n  - default: block\n", "f:3:5: 'default' ends the list"),
                Arguments.of(LISTENER + "routes:\n  - {when: {rule-set: ads}, to: block}\n", "f:3:23: unknown rule set 'ads'"),
                Arguments.of(LISTENER + "rule-sets:\n  - {name: ads, entries: ['exa mple']}\n", "f:3:27: "),
                Arguments.of(LISTENER + "rule-sets:\n  - {name: ads}\n", "f:3:5: a rule set needs either 'file' or 'entries'"),
                Arguments.of(LISTENER + "timeouts: {connect: 10}\n", "f:2:21: '10' is no duration"),
                Arguments.of(LISTENER + "limits: {rate: fast}\n", "f:2:16: 'fast' is no size"),
                Arguments.of(LISTENER + "log: {level: loud}\n",
                        "f:2:14: 'loud' is not known (allowed: error, warn, info, debug, trace)"),
                Arguments.of(LISTENER + "admin: on\n", "f:2:8: 'on' has no port"),
                Arguments.of(LISTENER + "threads: -1\n", "f:2:10: -1 is not in 0..1024"),
                Arguments.of(LISTENER + "users: [{name: 'a:b', password: x}]\n", "f:2:16: a user name holds no ':'"),
                Arguments.of(LISTENER + "state-dir: ${env:NOPE}\n", "f:2:12: the environment variable 'NOPE' is not set"),
                Arguments.of(LISTENER + "state-dir: ${file:nope}\n", "f:2:12: the file 'nope' cannot be read: no such file"),
                Arguments.of(LISTENER + "state-dir: ${host}\n",
                        "f:2:12: '${host}' is not known; allowed: ${env:NAME}, ${file:PATH}"),
                Arguments.of(LISTENER + "users: [{name: a, password: 'env:EMPTY'}]\n",
                        "f:2:29: the secret that 'env:EMPTY' refers to is empty"),
                Arguments.of("a: &a [*a]\n", "f:1:1: unknown key 'a'"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void eachFaultIsNamedWithItsPlace(String text, String expected) {
        assertThat(faults(text)).anySatisfy(fault -> assertThat(fault).startsWith(expected));
    }

    @Test
    void allFaultsAreReportedInTheOrderOfTheFile() {
        List<String> all = faults(
                "inbounds:\n  - {type: mixed, lisen: 1}\n  - {type: http, listen: '127.0.0.1:0', x: 1}\nroutes:\n  - {when: {port: 443}, to: nowhere}\nloggg: 1\n");
        assertThat(all).hasSize(4);
        assertThat(all.get(0)).startsWith("f:2:19: unknown key 'lisen'");
        assertThat(all.get(1)).startsWith("f:3:41: unknown key 'x'");
        assertThat(all.get(2)).startsWith("f:5:29: unknown outbound 'nowhere'");
        assertThat(all.get(3)).startsWith("f:6:1: unknown key 'loggg'");
    }

    @Test
    void bombsAndDepthsAreBounded() {
        StringBuilder deep = new StringBuilder("inbounds: ");
        deep.repeat("[", 5000).repeat("]", 5000);
        assertThat(faults(deep.toString())).singleElement().asString().contains("more than 32 levels");
        StringBuilder bomb = new StringBuilder("x-a: &a0 [a,a,a,a,a,a,a,a,a,a]\n");
        for (int i = 1; i < 9; i++) {
            bomb.append("x-").append(i).append(": &a").append(i).append(" [").repeat("*a" + (i - 1) + ",", 10).append("]\n");
        }
        assertThat(faults(bomb + "inbounds: *a8\n")).isNotEmpty();
    }

    @Test
    void secretsAreTakenFromElsewhereAndNeverShow() throws Exception {
        Files.writeString(directory.resolve("pw"), "sesame\n");
        Config config = read(LISTENER
                + "users: [{name: a, password: 'env:PW'}, {name: b, password: 'file:pw'}, {name: c, password: 'x${env:PW}'}]\n"
                + "outbounds: [{type: http, name: o, server: 'h:1', user: u, password: 's3cret'}]\n");
        assertThat(config.users()).extracting(u -> u.password().reveal()).containsExactly("hunter2", "sesame", "xhunter2");
        assertThat(config.toString()).doesNotContain("hunter2").doesNotContain("sesame").doesNotContain("s3cret");
    }

    @Test
    void aWholeFileIsUnderstood() throws Exception {
        Config config = read("""
                x-nets: &nets [10.0.0.0/8, 192.168.0.0/16]
                log: { format: json, level: debug }
                admin: off
                users:
                  - { name: alice, password: secret }
                inbounds:
                  - type: mixed
                    listen: ["*:8088", "127.0.0.1:8090"]
                    allow-from: *nets
                    limits: { per-source: 10, rate: 10MB/s }
                  - { type: forward, name: dns, listen: "127.0.0.1:5353", to: "9.9.9.9:53", network: [tcp, udp] }
                outbounds:
                  - { type: socks, name: far, server: "example.net:1080", via: near }
                  - { type: http, name: near, server: "proxy:443", tls: { sni: proxy.example, insecure: true } }
                  - { type: failover, name: any, outbounds: [far, near, direct], probe: { target: "example.com:80", path: / } }
                rule-sets:
                  - { name: ads, entries: [.ads.example, 192.0.2.0/24] }
                routes:
                  - { when: { rule-set: ads }, to: block }
                  - { when: { domain-suffix: [corp.example], port: [443, 8000-8100], user: alice }, to: direct }
                  - default: any
                """);
        assertThat(config.log().format()).isEqualTo(LogConfig.Format.JSON);
        assertThat(config.admin()).isEqualTo(AdminConfig.OFF);
        assertThat(config.inbounds()).extracting(InboundConfig::name).containsExactly("mixed-8088", "dns");
        assertThat(config.inbounds().getFirst().listening().allowFrom()).hasSize(2);
        assertThat(config.outbounds()).extracting(OutboundConfig::name).containsExactly("far", "near", "any");
        assertThat(config.routes()).hasSize(3);
    }
}
