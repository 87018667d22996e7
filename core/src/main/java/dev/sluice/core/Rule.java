package dev.sluice.core;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A condition over a {@link Connection}.
 *
 * <p><b>How its parts combine</b> (as in sing-box). Values of one kind are alternatives. The kinds that speak of the target's host,
 * which are {@code domain}, {@code domain-suffix}, {@code domain-keyword}, {@code domain-regex}, {@code ip-cidr} and
 * {@code rule-set}, are alternatives of each other. All other kinds must agree: {@code port}, {@code network}, {@code inbound},
 * {@code user}, {@code source-ip-cidr}. {@code not} turns the whole over. In short:
 *
 * <pre>
 * (domain || domain-suffix || domain-keyword || domain-regex || ip-cidr || rule-set)
 *     &amp;&amp; port &amp;&amp; network &amp;&amp; inbound &amp;&amp; user &amp;&amp; source-ip-cidr
 * </pre>
 *
 * <p><b>What is matched.</b> The kinds that speak of names see the name that the client gave, or else the one that was sniffed;
 * {@code ip-cidr} sees the address that the client gave. A name is not resolved for a rule.
 *
 * <p>Immutable, but for the rule sets it refers to; any thread. Nothing is allocated, but for {@code domain-regex} (a
 * matcher) and IPv6 addresses (a copy of the octets for each set).
 */
public final class Rule {
    /** What can be said of a connection whose name may still be learned. */
    enum Answer {
        YES, NO,
        /** The name decides, and is not known yet. */
        NAME_DECIDES
    }

    private final DomainSet domains;
    private final String[] keywords;
    private final DomainRegex[] regexes;
    private final AddressSet addresses;
    private final RuleSet[] ruleSets;
    private final boolean anyHost;
    private final boolean needsName;

    private final @Nullable BitSet ports;
    private final Set<Network> networks;
    private final Set<String> inbounds;
    private final Set<String> users;
    private final AddressSet sources;
    private final boolean not;
    private final String text;

    private Rule(Builder b) {
        this.domains = b.domains.build();
        this.keywords = b.keywords.toArray(String[]::new);
        this.regexes = b.regexes.toArray(DomainRegex[]::new);
        this.addresses = b.addresses.build();
        this.ruleSets = b.ruleSets.toArray(RuleSet[]::new);
        this.needsName = !domains.isEmpty() || keywords.length > 0 || regexes.length > 0;
        this.anyHost = !needsName && addresses.isEmpty() && ruleSets.length == 0;
        this.ports = b.ports.isEmpty() ? null : (BitSet) b.ports.clone();
        this.networks = Set.copyOf(b.networks);
        this.inbounds = Set.copyOf(b.inbounds);
        this.users = Set.copyOf(b.users);
        this.sources = b.sources.build();
        this.not = b.not;
        this.text = b.describe();
    }

    /** Begins a rule. */
    public static Builder builder() {
        return new Builder();
    }

    /** Whether the rule matches {@code connection}, as far as its names are known. */
    public boolean matches(Connection connection) {
        return answer(connection, false) == Answer.YES;
    }

    /** Like {@link #matches}; where the target's name may still be learned, says whether that would decide. */
    Answer answer(Connection connection, boolean nameMayCome) {
        Answer answer = matchesTheRest(connection) ? host(connection, nameMayCome) : Answer.NO;
        if (!not || answer == Answer.NAME_DECIDES) {
            return answer;
        }
        return answer == Answer.YES ? Answer.NO : Answer.YES;
    }

    private boolean matchesTheRest(Connection connection) {
        Destination destination = connection.destination();
        String user = connection.user();
        return (ports == null || ports.get(destination.port()))
                && (networks.isEmpty() || networks.contains(destination.network()))
                && (inbounds.isEmpty() || inbounds.contains(connection.inbound()))
                && (users.isEmpty() || (user != null && users.contains(user)))
                && (sources.isEmpty() || isFrom(connection.source().getAddress()));
    }

    private boolean isFrom(@Nullable InetAddress source) {
        return source != null && sources.contains(source);
    }

    private Answer host(Connection connection, boolean nameMayCome) {
        if (anyHost) {
            return Answer.YES;
        }
        InetAddress address = connection.destination().address();
        String name = connection.destination().host() instanceof Host.Name n ? n.value() : connection.sniffedName();
        if ((name != null && matchesName(name)) || (address != null && addresses.contains(address))) {
            return Answer.YES;
        }
        boolean setsNeedName = false;
        for (RuleSet set : ruleSets) {
            HostSet hosts = set.hosts();
            if (hosts.contains(name, address)) {
                return Answer.YES;
            }
            setsNeedName |= !hosts.domains().isEmpty();
        }
        return nameMayCome && name == null && (needsName || setsNeedName) ? Answer.NAME_DECIDES : Answer.NO;
    }

    private boolean matchesName(String name) {
        if (domains.contains(name)) {
            return true;
        }
        for (String keyword : keywords) {
            if (name.contains(keyword)) {
                return true;
            }
        }
        for (DomainRegex regex : regexes) {
            if (regex.matches(name)) {
                return true;
            }
        }
        return false;
    }

    /** As it would stand in the configuration, long lists cut short. */
    @Override
    public String toString() {
        return text;
    }

    /**
     * Gathers the values of a rule. A value that is none is refused with an {@code IllegalArgumentException} whose message says what
     * is wrong and what is allowed. One thread.
     */
    public static final class Builder {
        private static final int SHOWN = 4;

        private final DomainSet.Builder domains = new DomainSet.Builder();
        private final List<String> keywords = new ArrayList<>();
        private final List<DomainRegex> regexes = new ArrayList<>();
        private final AddressSet.Builder addresses = new AddressSet.Builder();
        private final List<RuleSet> ruleSets = new ArrayList<>();
        private final BitSet ports = new BitSet();
        private final EnumSet<Network> networks = EnumSet.noneOf(Network.class);
        private final Set<String> inbounds = new HashSet<>();
        private final Set<String> users = new HashSet<>();
        private final AddressSet.Builder sources = new AddressSet.Builder();
        private final LinkedHashMap<String, List<String>> shown = new LinkedHashMap<>();
        private final Map<String, Integer> counts = new HashMap<>();
        private boolean not;

        private Builder() {}

        /** {@code domain}: this name, nothing below it. */
        public Builder domain(String name) {
            return note("domain", name, () -> domains.exact(name));
        }

        /** {@code domain-suffix}: this name and everything below it; {@code *.name}: only what lies below it. */
        public Builder domainSuffix(String suffix) {
            return note("domain-suffix", suffix, () -> domains.suffix(suffix));
        }

        /** {@code domain-keyword}: names with these characters anywhere. */
        public Builder domainKeyword(String keyword) {
            return note("domain-keyword", keyword, () -> keywords.add(keyword(keyword)));
        }

        /** {@code domain-regex}: names in which this expression (of {@code java.util.regex}) is found. */
        public Builder domainRegex(String expression) {
            return note("domain-regex", expression, () -> regexes.add(new DomainRegex(expression)));
        }

        /** {@code ip-cidr}: targets that the client gave as an address of this block. */
        public Builder ipCidr(String block) {
            return note("ip-cidr", block, () -> addresses.add(Cidr.parse(block)));
        }

        /** {@code rule-set}: targets whose name or address is in this set at the moment of the decision. */
        public Builder ruleSet(RuleSet set) {
            return note("rule-set", set.name(), () -> ruleSets.add(set));
        }

        /** {@code port}: {@code 443} or a range {@code 8000-8999}. */
        public Builder port(String portOrRange) {
            return note("port", portOrRange, () -> addPorts(portOrRange));
        }

        /** {@code network}: {@code tcp} or {@code udp}. */
        public Builder network(String network) {
            return note("network", network, () -> networks.add(network(network, HostNames.quote(network))));
        }

        /** {@code inbound}: connections that came in there. */
        public Builder inbound(String name) {
            return note("inbound", name, () -> inbounds.add(notEmpty("inbound", name)));
        }

        /** {@code user}: connections of this user. */
        public Builder user(String name) {
            return note("user", name, () -> users.add(notEmpty("user", name)));
        }

        /** {@code source-ip-cidr}: clients with an address of this block. */
        public Builder sourceIpCidr(String block) {
            return note("source-ip-cidr", block, () -> sources.add(Cidr.parse(block)));
        }

        /** {@code not}: turns the whole rule over. */
        public Builder not() {
            not = true;
            return this;
        }

        /**
         * The rule.
         *
         * @throws IllegalArgumentException where it has no condition at all: it would take everything, which is what {@code default}
         *     is for
         */
        public Rule build() {
            if (shown.isEmpty()) {
                throw new IllegalArgumentException("a rule needs a condition; for everything else there is default");
            }
            return new Rule(this);
        }

        private Builder note(String kind, String value, Runnable add) {
            add.run();
            List<String> values = shown.computeIfAbsent(kind, k -> new ArrayList<>(1));
            if (values.size() < SHOWN) {
                values.add(value);
            }
            counts.merge(kind, 1, Integer::sum);
            return this;
        }

        private static String keyword(String keyword) {
            for (int i = 0; i < keyword.length(); i++) {
                if (keyword.charAt(i) <= ' ' || keyword.charAt(i) >= 0x7f) {
                    throw new IllegalArgumentException("the keyword " + HostNames.quote(keyword)
                            + " can be in no name; names are in ASCII here, other scripts as A-labels (xn--...)");
                }
            }
            return notEmpty("domain-keyword", keyword).toLowerCase(Locale.ROOT);
        }

        private static String notEmpty(String kind, String value) {
            if (value.isEmpty()) {
                throw new IllegalArgumentException(kind + " is empty");
            }
            return value;
        }

        private static Network network(String text, String quoted) {
            for (Network network : Network.values()) {
                if (network.toString().equals(text)) {
                    return network;
                }
            }
            throw new IllegalArgumentException("network " + quoted + " is neither tcp nor udp");
        }

        private void addPorts(String portOrRange) {
            int dash = portOrRange.indexOf('-');
            int first = Destination.parsePort(dash < 0 ? portOrRange : portOrRange.substring(0, dash));
            int last = dash < 0 ? first : Destination.parsePort(portOrRange.substring(dash + 1));
            if (last < first) {
                throw new IllegalArgumentException(
                        "the range of ports " + HostNames.quote(portOrRange) + " ends before it begins");
            }
            ports.set(first, last + 1);
        }

        private String describe() {
            StringBuilder text = new StringBuilder(not ? "not " : "");
            shown.forEach((kind, values) -> {
                if (text.length() > 4) {
                    text.append(", ");
                }
                int more = counts.getOrDefault(kind, 0) - values.size();
                text.append(kind).append(": ").append(values.size() == 1 && more == 0 ? values.getFirst() : values);
                if (more > 0) {
                    text.append(" and ").append(more).append(" more");
                }
            });
            return text.toString();
        }
    }
}
