package dev.sluice.app.config;

import dev.sluice.core.Network;
import java.util.List;
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
     * What must hold: every key that is there, with any of its values.
     *
     * @param domain names, exactly
     * @param domainSuffix names and everything below them
     * @param domainKeyword parts of names
     * @param domainRegex expressions that names match
     * @param cidr networks of the destination
     * @param port of the destination
     * @param network tcp, udp
     * @param inbound names of inbounds
     * @param user names of users
     * @param source networks of the client
     * @param ruleSet names of rule sets
     */
    public record When(List<String> domain, List<String> domainSuffix, List<String> domainKeyword, List<String> domainRegex,
            List<String> cidr, List<PortRange> port, List<Network> network, List<Placed<String>> inbound,
            List<Placed<String>> user,
            List<String> source, List<Placed<String>> ruleSet) {}

    private static final Key<List<String>> DOMAIN = strings("domain", Scalars.TEXT, "Names, exactly as written.");
    private static final Key<List<String>> DOMAIN_SUFFIX = strings("domain-suffix", Scalars.TEXT,
            "Names and everything below them.");
    private static final Key<List<String>> DOMAIN_KEYWORD = strings("domain-keyword", Scalars.TEXT, "Parts of names.");
    private static final Key<List<String>> DOMAIN_REGEX = strings("domain-regex", Scalars.REGEX,
            "Regular expressions found in names.");
    private static final Key<List<String>> CIDR = strings("cidr", Scalars.CIDR, "Networks of the destination.");
    private static final Key<List<PortRange>> PORT = Key.of("port", ListType.orOne(Scalars.PORTS), "[]",
            "Ports of the destination, as in 443 or 8000-8100.");
    private static final Key<List<Network>> NETWORK = Key.of("network", ListType.orOne(Scalars.oneOf(Network.class)), "[]",
            "tcp or udp.");
    private static final Key<List<Placed<String>>> INBOUND = Key.of("inbound", ListType.orOne(Scalars.PLACED_NAME), "[]",
            "Names of inbounds.");
    private static final Key<List<Placed<String>>> USER = Key.of("user", ListType.orOne(new PlacedType<>(Scalars.TEXT)), "[]",
            "Names of users.");
    private static final Key<List<String>> SOURCE = strings("source", Scalars.CIDR, "Networks of the client.");
    private static final Key<List<Placed<String>>> RULE_SET = Key.of("rule-set", ListType.orOne(Scalars.PLACED_NAME), "[]",
            "Names of rule sets: the destination is in one of them.");

    private static final ObjectType<When> WHEN_TYPE = new ObjectType<>("'when'",
            List.of(DOMAIN, DOMAIN_SUFFIX, DOMAIN_KEYWORD, DOMAIN_REGEX, CIDR, PORT, NETWORK, INBOUND, USER, SOURCE, RULE_SET),
            v -> new When(v.get(DOMAIN), v.get(DOMAIN_SUFFIX), v.get(DOMAIN_KEYWORD), v.get(DOMAIN_REGEX), v.get(CIDR),
                    v.get(PORT),
                    v.get(NETWORK), v.get(INBOUND), v.get(USER), v.get(SOURCE), v.get(RULE_SET)));

    private static final Key<When> WHEN = Key.optional("when", WHEN_TYPE, "What must hold: every key, with any of its values.");
    private static final Key<Placed<String>> TO = Key.optional("to", Scalars.PLACED_NAME, "The outbound that is taken then.");
    private static final Key<Placed<String>> DEFAULT = Key.optional("default", Scalars.PLACED_NAME,
            "The outbound for everything else; ends the list.");

    static final ObjectType<RouteConfig> TYPE = new ObjectType<>("a route", List.of(WHEN, TO, DEFAULT), RouteConfig::build);

    private static Key<List<String>> strings(String name, Type<String> type, String doc) {
        return Key.of(name, ListType.orOne(type), "[]", doc);
    }

    private static RouteConfig build(Values v) {
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
