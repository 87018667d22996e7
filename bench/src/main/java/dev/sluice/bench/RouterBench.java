package dev.sluice.bench;

import dev.sluice.core.AddressSet;
import dev.sluice.core.Cidr;
import dev.sluice.core.Connection;
import dev.sluice.core.ConnectionId;
import dev.sluice.core.Destination;
import dev.sluice.core.DomainSet;
import dev.sluice.core.Host;
import dev.sluice.core.HostSet;
import dev.sluice.core.Network;
import dev.sluice.core.Outbound;
import dev.sluice.core.PacketChannel;
import dev.sluice.core.Policy;
import dev.sluice.core.Route;
import dev.sluice.core.Rule;
import dev.sluice.core.RuleRouter;
import dev.sluice.core.RuleSet;
import dev.sluice.core.Scope;
import dev.sluice.core.Traffic;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One decision of the router over a rule set of many domains and blocks of addresses. The goal: below a microsecond with 100,000, and
 * no allocation ({@code -prof gc}).
 */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RouterBench {
    private static final int CONNECTIONS = 4096; // so many that branch predictor and caches do not learn them by heart

    /** How many domains, IPv4 blocks and IPv6 blocks there are: so many of each. */
    @Param({"1000", "100000"})
    public int size;

    private RuleRouter router = new RuleRouter(List.of(), new Named("direct"));
    private Connection[] named = {};
    private Connection[] ipv4 = {};
    private Connection[] ipv6 = {};
    private int next;

    /** Fills the sets, and makes connections half of which are in them. */
    @Setup
    public void fill() throws UnknownHostException {
        Random random = new Random(1);
        DomainSet.Builder domains = new DomainSet.Builder();
        AddressSet.Builder addresses = new AddressSet.Builder();
        String[] names = new String[size];
        Cidr[] blocks4 = new Cidr[size];
        Cidr[] blocks6 = new Cidr[size];
        for (int i = 0; i < size; i++) {
            names[i] = "site" + random.nextInt(1 << 20) + "." + (i % 7 == 0 ? "co.uk" : i % 3 == 0 ? "net" : "com");
            domains.suffix(names[i]);
            blocks4[i] = new Cidr(address(random, 4), 16 + random.nextInt(17));
            blocks6[i] = new Cidr(address(random, 16), 32 + random.nextInt(33));
            addresses.add(blocks4[i]).add(blocks6[i]);
        }
        RuleSet set = new RuleSet("large", new HostSet(domains.build(), addresses.build()));
        router = new RuleRouter(List.of(new RuleRouter.Entry(Rule.builder().port("25").build(), new Named("block")),
                new RuleRouter.Entry(Rule.builder().domainSuffix("corp.example").ipCidr("10.0.0.0/8").build(), new Named("corp")),
                new RuleRouter.Entry(Rule.builder().ruleSet(set).build(), new Named("far"))), new Named("direct"));
        named = new Connection[CONNECTIONS];
        ipv4 = new Connection[CONNECTIONS];
        ipv6 = new Connection[CONNECTIONS];
        for (int i = 0; i < CONNECTIONS; i++) {
            String name = i % 2 == 0 ? "www.img." + names[random.nextInt(size)] : "www.img.other" + random.nextInt() + ".example";
            named[i] = connection(new Host.Name(name));
            ipv4[i] = connection(Host.of(i % 2 == 0 ? blocks4[random.nextInt(size)].network() : address(random, 4)));
            ipv6[i] = connection(Host.of(i % 2 == 0 ? blocks6[random.nextInt(size)].network() : address(random, 16)));
        }
    }

    private static InetAddress address(Random random, int length) throws UnknownHostException {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return InetAddress.getByAddress(bytes);
    }

    private static Connection connection(Host host) {
        return new Connection(ConnectionId.next(), "in", null, new InetSocketAddress(InetAddress.getLoopbackAddress(), 40000),
                new Destination(Network.TCP, host, 443), Policy.OPEN, Scope.root("bench", ImmediateEventExecutor.INSTANCE),
                new Traffic(List.of()));
    }

    private Connection pick(Connection[] connections) {
        next = (next + 1) & (CONNECTIONS - 1);
        return connections[next];
    }

    /** A target by its name, four labels. */
    @Benchmark
    public Route name() {
        return router.route(pick(named));
    }

    /** A target by its IPv4 address. */
    @Benchmark
    public Route ipv4() {
        return router.route(pick(ipv4));
    }

    /** A target by its IPv6 address. */
    @Benchmark
    public Route ipv6() {
        return router.route(pick(ipv6));
    }

    /** Whether a name should be sniffed. */
    @Benchmark
    public boolean wantsName() {
        return router.wantsName(pick(ipv4));
    }

    private record Named(String name) implements Outbound {
        @Override
        public Future<Channel> connect(Connection connection) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<PacketChannel> associate(Connection connection) {
            throw new UnsupportedOperationException();
        }
    }
}
