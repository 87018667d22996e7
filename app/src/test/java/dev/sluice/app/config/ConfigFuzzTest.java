package dev.sluice.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sluice.testkit.Fuzzing;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/** Any file and any URI is a configuration, or is refused in words for an operator that show no secret. */
class ConfigFuzzTest {
    private static final Path NOWHERE = Path.of("/nonexistent");
    private static final String SECRET = "hunter2hunter2";

    private static final List<byte[]> SEEDS = List.of("""
            log: {format: json, level: debug}
            admin: {listen: '127.0.0.1:0', hosts: [a.test]}
            users: [{name: ann, password: '${env:PW}'}, {name: bob, password: 'env:PW'}]
            inbounds:
              - {type: mixed, name: a, listen: ['127.0.0.1:1', '[::1]:1'], users: [ann], limits: {connections: 5}}
              - {type: forward, listen: '127.0.0.1:2', to: 'example.net:53', network: [tcp, udp]}
            """,
            """
                    x-common: &common {type: socks, server: 'h:1'}
                    inbounds: [{type: socks, listen: '0.0.0.0:1080', allow-from: [10.0.0.0/8], allow-private: true, tls: {self-signed: true}}]
                    outbounds:
                      - {<<: *common, name: s, user: u, password: p}
                      - {type: http, name: h, server: 'h:3128', via: s, tls: {sni: a, insecure: true}}
                      - {type: failover, name: f, members: [s, h]}
                    """,
            """
                    inbounds: [{type: http, listen: '127.0.0.1:8080'}]
                    rule-sets: [{name: r, entries: [example.com, .example.org, 10.0.0.0/8]}]
                    routes:
                      - when: {rule-set: r, domain-suffix: [a.test], port: [80, 1000-2000], network: tcp, domain-regex: '^a+$'}
                        to: block
                      - default: direct
                    timeouts: {connect: 5s, idle: 1h, drain: 500ms}
                    limits: {rate: 10MB}
                    dns: {servers: ['192.0.2.1:53']}
                    """, "!mixed://ann:env:PW@0.0.0.0:1?cert=a&key=b&allow-from=10.0.0.0/8&allow-private=1",
            "!tcp://127.0.0.1:1?to=h:2",
            "!udp://[::1]:1?to=h:53", "!socks5://%41:p%3Ass@127.0.0.1:0/", ">socks5://u:p@h:1", ">https://h:1/?sni=a&insecure=1",
            ">http://user:file:/run/x@[::1]:3128").stream().map(s -> s.getBytes(StandardCharsets.UTF_8)).toList();

    @Test
    void seedsAndMutations() {
        Fuzzing.run(SEEDS, 3_000, ConfigFuzzTest::fuzzerTestOneInput);
    }

    static List<byte[]> inputs() {
        return SEEDS;
    }

    @Tag("jazzer")
    @MethodSource("inputs")
    @FuzzTest(maxDuration = "5m")
    void explore(byte[] input) {
        fuzzerTestOneInput(input);
    }

    /** {@code !} begins the URI of a listener, {@code >} the one of a proxy; all else is a file. */
    public static void fuzzerTestOneInput(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        try {
            Config config = read(text);
            assertThat(config.toString()).doesNotContain(SECRET);
        } catch (ConfigException e) {
            assertThat(e.faults()).isNotEmpty().allSatisfy(fault -> assertThat(fault.toString()).doesNotContain(SECRET));
        }
    }

    private static Config read(String text) throws ConfigException {
        Map<String, String> environment = Map.of("PW", SECRET);
        if (text.startsWith("!") || text.startsWith(">")) {
            List<String> uri = List.of(text.substring(1));
            return ConfigFile.read((Path) null, new Overrides(text.startsWith("!") ? uri : List.of(),
                    text.startsWith(">") ? uri : List.of(), null, null, null, null, NOWHERE), environment);
        }
        return ConfigFile.read("f", text, NOWHERE, environment);
    }
}
