package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostSetTest {

    @Test
    void exactNamesAndSuffixes() {
        DomainSet set = new DomainSet.Builder().exact("Example.com").suffix("example.org").suffix(".dotted.org")
                .suffix("+.plus.org")
                .suffix("*.below.org").exact("both.org").suffix("*.both.org").suffix("net").build();
        assertThat(List.of("example.com", "example.org", "a.example.org", "a.b.example.org", "dotted.org", "x.dotted.org",
                "plus.org",
                "x.plus.org", "x.below.org", "y.x.below.org", "both.org", "x.both.org", "net", "any.net"))
                .allMatch(set::contains);
        assertThat(List.of("www.example.com", "xexample.com", "example.co", "org", "xexample.org", "example.org.com", "below.org",
                "com",
                "xnet")).noneMatch(set::contains);
        assertThat(set.size()).isEqualTo(7);
        assertThat(DomainSet.EMPTY.contains("a")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 60, 2000})
    void namesAsAScanFindsThem(int count) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        DomainSet.Builder builder = new DomainSet.Builder();
        List<String> exact = new ArrayList<>();
        List<String> suffixes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String name = RandomHosts.name(random);
            if (random.nextBoolean()) {
                builder.exact(name);
                exact.add(name);
            } else {
                builder.suffix(name);
                suffixes.add(name);
            }
        }
        DomainSet set = builder.build();
        for (int i = 0; i < 5000; i++) {
            String name = RandomHosts.name(random);
            boolean expected = exact.contains(name) || suffixes.stream().anyMatch(s -> name.equals(s) || name.endsWith("." + s));
            assertThat(set.contains(name)).as("%s, seed %d", name, seed).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 20, 300})
    void addressesAsAScanFindsThem(int count) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Cidr> blocks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            blocks.add(RandomHosts.block(random));
        }
        AddressSet set = AddressSet.of(blocks);
        for (int i = 0; i < 5000; i++) {
            InetAddress address = blocks.isEmpty() || random.nextBoolean()
                    ? RandomHosts.address(random)
                    : edge(blocks.get(random.nextInt(blocks.size())), random);
            boolean expected = blocks.stream().anyMatch(b -> contains(b, address));
            assertThat(set.contains(address)).as("%s in %s, seed %d", address, blocks, seed).isEqualTo(expected);
            assertThat(blocks.stream().anyMatch(b -> b.contains(address))).as("seed %d", seed).isEqualTo(expected);
        }
    }

    @Test
    void everythingAndTheEnds() {
        AddressSet all = AddressSet.of(List.of(Cidr.parse("0.0.0.0/0"), Cidr.parse("::/0"), Cidr.parse("8000::/1")));
        assertThat(List.of("0.0.0.0", "127.255.255.255", "128.0.0.0", "255.255.255.255", "::", "7fff::", "8000::",
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")).allMatch(a -> all.contains(Addresses.parse(a)));
        AddressSet last = AddressSet.of(List.of(Cidr.parse("255.255.255.255"), Cidr.parse("ffff::/16")));
        assertThat(last.contains(Addresses.parse("255.255.255.255"))).isTrue();
        assertThat(last.contains(Addresses.parse("255.255.255.254"))).isFalse();
        assertThat(last.contains(Addresses.parse("ffff::1"))).isTrue();
        assertThat(last.contains(Addresses.parse("fffe::1"))).isFalse();
    }

    private static boolean contains(Cidr block, InetAddress address) {
        byte[] network = block.network().getAddress();
        byte[] bytes = address.getAddress();
        int shift = 8 * bytes.length - block.prefix();
        return network.length == bytes.length
                && new BigInteger(1, network).shiftRight(shift).equals(new BigInteger(1, bytes).shiftRight(shift));
    }

    /** The first or last address of the block, or the one before or after it. */
    private static InetAddress edge(Cidr block, Random random) {
        byte[] network = block.network().getAddress();
        BigInteger first = new BigInteger(1, network);
        BigInteger end = first.add(BigInteger.ONE.shiftLeft(8 * network.length - block.prefix()));
        BigInteger chosen = (random.nextBoolean() ? first : end).subtract(BigInteger.valueOf(random.nextInt(2)));
        BigInteger wrapped = chosen.mod(BigInteger.ONE.shiftLeft(8 * network.length));
        byte[] bytes = new byte[network.length];
        byte[] significant = wrapped.toByteArray();
        for (int i = 1; i <= Math.min(bytes.length, significant.length); i++) {
            bytes[bytes.length - i] = significant[significant.length - i];
        }
        return Addresses.fromBytes(bytes);
    }
}
