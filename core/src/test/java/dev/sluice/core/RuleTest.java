package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RuleTest {
    private static final Outbound FAR = Connections.outbound("far");
    private static final Outbound DIRECT = Connections.outbound("direct");

    private static Rule rule(Consumer<Rule.Builder> values) {
        Rule.Builder builder = Rule.builder();
        values.accept(builder);
        return builder.build();
    }

    private static boolean matches(Rule rule, String destination) {
        return rule.matches(Connections.to(destination));
    }

    @Test
    void kindsOfTheHostAreAlternatives() {
        Rule rule = rule(
                r -> r.domain("one.example").domainSuffix("two.example").domainKeyword("THREE").domainRegex("^f[o0]ur\\d")
                        .ipCidr("192.0.2.0/24").ruleSet(new RuleSet("s", hosts("five.example\n2001:db8::/32\n"))));
        assertThat(List.of("one.example:1", "x.two.example:1", "xthreex.example:1", "fOur5.example:1", "192.0.2.9:1",
                "five.example:1",
                "[2001:db8::9]:1")).allMatch(d -> matches(rule, d));
        assertThat(List.of("x.one.example:1", "xfour5.example:1", "192.0.3.9:1", "x.five.example:1", "[2001:db9::]:1"))
                .noneMatch(d -> matches(rule, d));
    }

    @Test
    void otherKindsMustAgree() {
        Rule rule = rule(
                r -> r.domainSuffix("example").port("443").port("8000-8999").network("tcp").inbound("in").inbound("other")
                        .user("joe").sourceIpCidr("198.51.100.0/24"));
        Destination target = Destination.parse(Network.TCP, "a.example:8443");
        assertThat(rule.matches(Connections.connection(target, "in", "joe", "198.51.100.1"))).isTrue();
        assertThat(rule.matches(Connections.connection(target, "other", "joe", "::ffff:198.51.100.1"))).isTrue();
        assertThat(rule.matches(Connections.connection(target, "third", "joe", "198.51.100.1"))).isFalse();
        assertThat(rule.matches(Connections.connection(target, "in", "jack", "198.51.100.1"))).isFalse();
        assertThat(rule.matches(Connections.connection(target, "in", null, "198.51.100.1"))).isFalse();
        assertThat(rule.matches(Connections.connection(target, "in", "joe", "198.51.101.1"))).isFalse();
        assertThat(rule
                .matches(Connections.connection(new Destination(Network.UDP, target.host(), 8443), "in", "joe", "198.51.100.1")))
                .isFalse();
        assertThat(rule
                .matches(Connections.connection(new Destination(Network.TCP, target.host(), 9000), "in", "joe", "198.51.100.1")))
                .isFalse();
    }

    @Test
    void theWholeCanBeTurnedOver() {
        Rule rule = rule(r -> r.domainSuffix("example").port("443").not());
        assertThat(matches(rule, "a.example:443")).isFalse();
        assertThat(matches(rule, "a.example:80")).isTrue();
        assertThat(matches(rule, "1.2.3.4:443")).isTrue();
    }

    @Test
    void aSniffedNameCountsWhereTheClientGaveAnAddressAndOnlyThere() {
        Rule rule = rule(r -> r.domain("a.example"));
        assertThat(rule.matches(Connections.to("1.2.3.4:1").sniffed("A.Example."))).isTrue();
        assertThat(rule.matches(Connections.to("b.example:1").sniffed("a.example"))).isFalse();
        assertThat(Connections.to("1.2.3.4:1").sniffed("no name").sniffedName()).isNull();
        assertThat(Connections.to("1.2.3.4:1").sniffed("5.6.7.8").sniffedName()).isNull();
    }

    @Test
    void aRuleSetChangesUnderTheRule() {
        RuleSet set = new RuleSet("s", HostSet.EMPTY);
        Rule rule = rule(r -> r.ruleSet(set));
        RuleRouter router = new RuleRouter(List.of(new RuleRouter.Entry(rule, FAR)), DIRECT);
        assertThat(router.wantsName(Connections.to("1.2.3.4:1"))).isFalse();
        assertThat(matches(rule, "a.example:1")).isFalse();
        set.replace(hosts("a.example"));
        assertThat(matches(rule, "a.example:1")).isTrue();
        assertThat(router.wantsName(Connections.to("1.2.3.4:1"))).isTrue();
    }

    @Test
    void theFirstMatchWinsAndTheDefaultEndsTheList() {
        RuleRouter router = new RuleRouter(List.of(new RuleRouter.Entry(rule(r -> r.port("1")), FAR),
                new RuleRouter.Entry(rule(r -> r.domain("a.example")), DIRECT)), FAR);
        assertThat(router.route(Connections.to("a.example:1"))).isEqualTo(new Route(FAR, "rule 1"));
        assertThat(router.route(Connections.to("a.example:2"))).isEqualTo(new Route(DIRECT, "rule 2"));
        assertThat(router.route(Connections.to("b.example:2"))).isEqualTo(new Route(FAR, "default"));
        assertThat(router).hasToString("rule 1: port: 1 -> far\nrule 2: domain: a.example -> direct\ndefault -> far");
    }

    @Test
    void aNameIsWantedOnlyWhereItCanDecide() {
        RuleRouter router = new RuleRouter(List.of(new RuleRouter.Entry(rule(r -> r.ipCidr("10.0.0.0/8")), DIRECT),
                new RuleRouter.Entry(rule(r -> r.domain("a.example").port("443")), FAR),
                new RuleRouter.Entry(rule(r -> r.network("tcp").port("80")), FAR),
                new RuleRouter.Entry(rule(r -> r.domain("b.example").ipCidr("1.2.3.4")), FAR)), DIRECT);
        assertThat(router.wantsName(Connections.to("5.6.7.8:443"))).isTrue();
        assertThat(router.wantsName(Connections.to("10.6.7.8:443"))).isFalse(); // rule 1 has it already
        assertThat(router.wantsName(Connections.to("5.6.7.8:80"))).isFalse(); // rule 3
        assertThat(router.wantsName(Connections.to("1.2.3.4:81"))).isFalse(); // rule 4 by its address
        assertThat(router.wantsName(Connections.to("5.6.7.8:81"))).isTrue();
        assertThat(router.wantsName(Connections.to("x.example:443"))).isFalse(); // named already
        assertThat(router.wantsName(Connections.to("5.6.7.8:443").sniffed("x.example"))).isFalse();
    }

    @Test
    void inWords() {
        Rule rule = rule(r -> {
            r.not().port("443").port("8000-8999").user("joe");
            for (int i = 0; i < 10; i++) {
                r.domainSuffix("d" + i + ".example");
            }
        });
        assertThat(rule).hasToString("not port: [443, 8000-8999], user: joe, domain-suffix: "
                + "[d0.example, d1.example, d2.example, d3.example] and 6 more");
    }

    @Test
    void valuesThatAreNoneAreRefused() {
        List<Consumer<Rule.Builder>> wrong = List.of(r -> r.domain("a..b"), r -> r.domain("*.a"), r -> r.domain("1.2.3.4"),
                r -> r.domainSuffix("."), r -> r.domainSuffix("*"), r -> r.domainKeyword(""), r -> r.domainKeyword("ü"),
                r -> r.domainRegex("("), r -> r.ipCidr("10.0.0.0/33"), r -> r.port("0"), r -> r.port("80-"), r -> r.port("90-80"),
                r -> r.port("1-65536"), r -> r.network("icmp"), r -> r.inbound(""), r -> r.user(""), r -> r.sourceIpCidr("a"));
        for (Consumer<Rule.Builder> values : wrong) {
            assertThatThrownBy(() -> values.accept(Rule.builder())).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> Rule.builder().not().build()).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"(.*a){20}$", "^(([a-z])+.)+[A-Z]([a-z])+$"})
    void expressionsThatNeverEndAreRefused(String expression) {
        assertThatThrownBy(() -> new DomainRegex(expression)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("too long");
    }

    @ParameterizedTest
    @ValueSource(strings = {"^(.+\\.)?example\\.(com|org)$", ".*ads?[0-9]*\\..*", "^([a-z0-9-]+\\.)*cdn[0-9]+\\.net$", "a.*b.*c"})
    void ordinaryExpressionsAreTaken(String expression) {
        assertThat(new DomainRegex(expression).matches("x")).isFalse();
    }

    @Test
    void anExpressionThatSlipsThroughDoesNotHangTheLoop() {
        DomainRegex regex = new DomainRegex("(.*q){20}$"); // none of the probes has a q
        long start = System.nanoTime();
        assertThat(regex.matches("q".repeat(250) + ".x")).isFalse();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
    }

    private static HostSet hosts(String text) {
        return RuleSetParserTest.parse(text).hosts();
    }
}
