package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Random rules over random connections: the router decides as a naive reading of the documentation does. */
class RouterPropertyTest {
    private static final Outbound OTHERWISE = Connections.outbound("otherwise");
    private static final String[] INBOUNDS = {"in", "other"};
    private static final @Nullable String[] USERS = {"joe", "jack", null};

    /** What a rule says, read word by word. */
    private static final class Naive {
        final List<Predicate<Connection>> host = new ArrayList<>();
        final List<List<Predicate<Connection>>> others = new ArrayList<>();
        boolean not;

        boolean matches(Connection c) {
            boolean all = (host.isEmpty() || host.stream().anyMatch(p -> p.test(c)))
                    && others.stream().allMatch(kind -> kind.stream().anyMatch(p -> p.test(c)));
            return all != not;
        }
    }

    private static Predicate<Connection> name(Predicate<String> test) {
        return c -> {
            String name = c.destination().host() instanceof Host.Name n ? n.value() : c.sniffedName();
            return name != null && test.test(name);
        };
    }

    private static Predicate<Connection> address(Cidr block) {
        return c -> {
            InetAddress address = c.destination().address();
            return address != null && block.contains(address);
        };
    }

    private static <T> void some(Random random, Rule.Builder builder, Naive naive, Function<Random, T> value,
            Function<T, Rule.Builder> add, Function<T, Predicate<Connection>> meaning) {
        if (random.nextInt(3) != 0) {
            return;
        }
        List<Predicate<Connection>> kind = new ArrayList<>();
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
            T v = value.apply(random);
            assertThat(add.apply(v)).isSameAs(builder);
            kind.add(meaning.apply(v));
        }
        naive.others.add(kind);
    }

    private static void host(Random random, Rule.Builder r, Naive naive) {
        for (int n = random.nextInt(5); n > 0; n--) {
            String name = RandomHosts.name(random);
            Cidr block = RandomHosts.block(random);
            switch (random.nextInt(6)) {
                case 0 -> {
                    r.domain(name);
                    naive.host.add(name(name::equals));
                }
                case 1 -> {
                    r.domainSuffix(name);
                    naive.host.add(name(s -> s.equals(name) || s.endsWith("." + name)));
                }
                case 2 -> {
                    String keyword = name.substring(0, 1 + random.nextInt(Math.min(3, name.length())));
                    r.domainKeyword(keyword);
                    naive.host.add(name(s -> s.contains(keyword)));
                }
                case 3 -> {
                    r.domainRegex("^" + name.charAt(0) + ".*com$");
                    naive.host.add(name(s -> s.charAt(0) == name.charAt(0) && s.endsWith("com") && s.length() >= 4));
                }
                case 4 -> {
                    r.ipCidr(block.toString());
                    naive.host.add(address(block));
                }
                default -> {
                    r.ruleSet(new RuleSet("set", RuleSetParserTest.parse("." + name + "\n" + block).hosts()));
                    naive.host.add(name(s -> s.equals(name) || s.endsWith("." + name)).or(address(block)));
                }
            }
        }
    }

    private static Network network(Random random) {
        return random.nextBoolean() ? Network.TCP : Network.UDP;
    }

    private static Connection connection(Random random) {
        Host host = random.nextBoolean() ? Host.of(RandomHosts.address(random)) : new Host.Name(RandomHosts.name(random));
        Destination destination = new Destination(network(random), host, 1 + random.nextInt(6));
        Connection connection = Connections.connection(destination, INBOUNDS[random.nextInt(2)], USERS[random.nextInt(3)],
                Addresses.print(RandomHosts.address(random)));
        return random.nextInt(3) == 0 ? connection.sniffed(RandomHosts.name(random)) : connection;
    }

    @Test
    void decidesAsTheDocumentationSays() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int wanted = 0;
        int byRule = 0;
        for (int round = 0; round < 400; round++) {
            List<RuleRouter.Entry> entries = new ArrayList<>();
            List<Naive> naive = new ArrayList<>();
            for (int n = random.nextInt(6); n > 0; n--) {
                add(random, entries, naive);
            }
            RuleRouter router = new RuleRouter(entries, OTHERWISE);
            for (int i = 0; i < 100; i++) {
                Connection connection = connection(random);
                Route route = router.route(connection);
                int first = 0;
                while (first < naive.size() && !naive.get(first).matches(connection)) {
                    first++;
                }
                String expected = first == naive.size() ? "default" : "rule " + (first + 1);
                assertThat(route.rule()).as("%s by %s, seed %d", connection, router, seed).isEqualTo(expected);
                assertThat(route.outbound()).isSameAs(first == naive.size() ? OTHERWISE : entries.get(first).to());
                byRule += first < naive.size() ? 1 : 0;
                boolean wants = router.wantsName(connection);
                wanted += wants ? 1 : 0;
                if (!wants) {
                    namesChangeNothing(router, connection, random, seed);
                }
            }
        }
        assertThat(wanted).as("seed %d", seed).isPositive();
        assertThat(byRule).as("seed %d", seed).isPositive();
    }

    private static void add(Random random, List<RuleRouter.Entry> entries, List<Naive> naives) {
        Rule.Builder r = Rule.builder();
        Naive naive = new Naive();
        host(random, r, naive);
        some(random, r, naive, g -> 1 + g.nextInt(6), p -> r.port(p + "-" + Math.min(6, p + 1)),
                p -> c -> c.destination().port() >= p && c.destination().port() <= p + 1);
        some(random, r, naive, g -> network(g), n -> r.network(n.toString()),
                n -> c -> c.destination().network() == n);
        some(random, r, naive, g -> INBOUNDS[g.nextInt(2)], r::inbound, n -> c -> c.inbound().equals(n));
        some(random, r, naive, g -> "j" + (g.nextBoolean() ? "oe" : "ack"), r::user, n -> c -> n.equals(c.user()));
        some(random, r, naive, RandomHosts::block, b -> r.sourceIpCidr(b.toString()),
                b -> c -> b.contains(c.source().getAddress()));
        if (naive.host.isEmpty() && naive.others.isEmpty()) {
            return;
        }
        if (random.nextInt(4) == 0) {
            r.not();
            naive.not = true;
        }
        entries.add(new RuleRouter.Entry(r.build(), Connections.outbound("out" + entries.size())));
        naives.add(naive);
    }

    /** Where no name is wanted, a name would not have changed the decision. */
    private static void namesChangeNothing(RuleRouter router, Connection connection, Random random, long seed) {
        if (connection.destination().address() == null || connection.sniffedName() != null) {
            return;
        }
        for (int i = 0; i < 5; i++) {
            Connection named = connection.sniffed(RandomHosts.name(random));
            assertThat(router.route(named)).as("%s %s by %s, seed %d", named, named.sniffedName(), router, seed)
                    .isSameAs(router.route(connection));
        }
    }
}
