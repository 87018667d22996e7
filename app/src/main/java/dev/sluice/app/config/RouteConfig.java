package dev.sluice.app.config;

import dev.sluice.core.Network;
import dev.sluice.core.Rule;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One rule, or the default that ends the list.
 *
 * @param when what must hold; null for the default
 * @param to the outbound
 * @param place where it is written
 */
public record RouteConfig(@Nullable When when, Placed<String> to, Place place) {

    /**
     * What must hold, in the words of {@link Rule}, which says how the parts combine.
     *
     * @param conditions everything but the rule sets, ready to be added to a rule
     * @param inbound names of inbounds
     * @param user names of users
     * @param ruleSet names of rule sets
     */
    public record When(List<Condition> conditions, List<Placed<String>> inbound, List<Placed<String>> user,
            List<Placed<String>> ruleSet) {}

    /** Adds itself to a rule. */
    public interface Condition {
        /** Adds this condition to {@code rule}. */
        void addTo(Rule.Builder rule);
    }

    private static final Key<List<Condition>> DOMAIN = condition("domain", "name", (r, t) -> r.domain(t),
            "Names, exactly as written.");
    private static final Key<List<Condition>> DOMAIN_SUFFIX = condition("domain-suffix", "name", (r, t) -> r.domainSuffix(t),
            "Names and everything below them; *.name for what lies below only.");
    private static final Key<List<Condition>> DOMAIN_KEYWORD = condition("domain-keyword", "text", (r, t) -> r.domainKeyword(t),
            "Parts of names.");
    private static final Key<List<Condition>> DOMAIN_REGEX = condition("domain-regex", "regular expression",
            (r, t) -> r.domainRegex(t),
            "Regular expressions that are found in names.");
    private static final Key<List<Condition>> IP_CIDR = condition("ip-cidr", "CIDR", (r, t) -> r.ipCidr(t),
            "Networks of the destination, where the client gave an address.");
    private static final Key<List<Placed<String>>> RULE_SET = Key.of("rule-set", ListType.orOne(Scalars.PLACED_NAME), "[]",
            "Names of rule sets that hold the destination.");
    private static final Key<List<Condition>> PORT = condition("port", "port or range", (r, t) -> r.port(t),
            "Ports of the destination, as in 443 or 8000-8100.");
    private static final Key<List<Condition>> NETWORK = Key.of("network", ListType.orOne(new MappedType<Network, Condition>(
            Scalars.oneOf(Network.class), n -> rule -> rule.network(n.toString()))), "[]", "tcp or udp.");
    private static final Key<List<Placed<String>>> INBOUND = Key.of("inbound", ListType.orOne(Scalars.PLACED_NAME), "[]",
            "Names of inbounds.");
    private static final Key<List<Placed<String>>> USER = Key.of("user", ListType.orOne(new PlacedType<>(Scalars.TEXT)), "[]",
            "Names of users.");
    private static final Key<List<Condition>> SOURCE = condition("source-ip-cidr", "CIDR", (r, t) -> r.sourceIpCidr(t),
            "Networks of the client.");
    private static final Key<Boolean> NOT = Key.of("not", Scalars.BOOLEAN, "false", "Turns the whole over.");

    private static final ObjectType<When> WHEN_TYPE = new ObjectType<>("'when'", List.of(DOMAIN, DOMAIN_SUFFIX, DOMAIN_KEYWORD,
            DOMAIN_REGEX, IP_CIDR, RULE_SET, PORT, NETWORK, INBOUND, USER, SOURCE, NOT), RouteConfig::when);

    private static final Key<When> WHEN = Key.optional("when", WHEN_TYPE,
            "What must hold: one of the keys that speak of the host (domain..., ip-cidr, rule-set), and each of the others that is there, each with any of its values.");
    private static final Key<Placed<String>> TO = Key.optional("to", Scalars.PLACED_NAME, "The outbound that is taken then.");
    private static final Key<Placed<String>> DEFAULT = Key.optional("default", Scalars.PLACED_NAME,
            "The outbound for everything else; ends the list.");

    static final ObjectType<RouteConfig> TYPE = new ObjectType<>("a route", List.of(WHEN, TO, DEFAULT), RouteConfig::build);

    /** A key whose values the rule itself judges. */
    private static Key<List<Condition>> condition(String name, String label, BiConsumer<Rule.Builder, String> add, String doc) {
        Map<String, Object> schema = Map.of("type", name.equals("port") ? List.of("integer", "string") : "string");
        ScalarType<Condition> type = ScalarType.of(label, schema, text -> {
            add.accept(Rule.builder(), text);
            return rule -> add.accept(rule, text);
        });
        return Key.of(name, ListType.orOne(type), "[]", doc);
    }

    private static When when(Values v) {
        v.get(INBOUND).forEach(name -> v.reading().refer("inbound", name));
        v.get(USER).forEach(name -> v.reading().refer("user", name));
        v.get(RULE_SET).forEach(name -> v.reading().refer("rule set", name));
        List<Condition> conditions = new java.util.ArrayList<>();
        for (Key<List<Condition>> key : List.of(DOMAIN, DOMAIN_SUFFIX, DOMAIN_KEYWORD, DOMAIN_REGEX, IP_CIDR, PORT, NETWORK,
                SOURCE)) {
            conditions.addAll(v.get(key));
        }
        if (v.get(NOT)) {
            conditions.add(Rule.Builder::not);
        }
        When when = new When(List.copyOf(conditions), v.get(INBOUND), v.get(USER), v.get(RULE_SET));
        if (conditions.size() == (v.get(NOT) ? 1 : 0) && when.inbound().isEmpty() && when.user().isEmpty()
                && when.ruleSet().isEmpty()) {
            v.reading().fault(v.place(), "'when' says nothing; for everything else write 'default: NAME'");
        }
        return when;
    }

    private static RouteConfig build(Values v) {
        v.reading().refer("outbound", v.find(TO));
        v.reading().refer("outbound", v.find(DEFAULT));
        if (v.has(DEFAULT) && (v.has(WHEN) || v.has(TO))) {
            v.fault(DEFAULT, "a route is either 'when' with 'to', or 'default' alone");
        } else if (!v.has(DEFAULT) && v.has(WHEN) != v.has(TO)) {
            v.reading().fault(v.place(), v.has(WHEN)
                    ? "'when' needs 'to' with the name of an outbound"
                    : "'to' needs 'when'; for everything else write 'default: NAME'");
        } else if (!v.has(DEFAULT) && !v.has(WHEN)) {
            v.reading().fault(v.place(), "a route needs 'when' and 'to', or 'default'");
        }
        Placed<String> fallback = v.find(DEFAULT);
        return fallback != null
                ? new RouteConfig(null, fallback, v.place())
                : new RouteConfig(v.get(WHEN), v.get(TO), v.place());
    }
}
