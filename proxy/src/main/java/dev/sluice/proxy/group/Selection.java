package dev.sluice.proxy.group;

import dev.sluice.core.Connection;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.random.RandomGenerator;

/** Picks one of the members that may be used. Pure; any thread. */
@FunctionalInterface
public interface Selection {

    /**
     * The pick for {@code connection}.
     *
     * @param members at least one, in the order of the configuration
     */
    Member pick(List<Member> members, Connection connection, RandomGenerator random);

    /** The first. */
    static Member first(List<Member> members, Connection connection, RandomGenerator random) {
        return members.getFirst();
    }

    /** The one with the fewest live connections; one of them at random where there are several. */
    static Member leastConnections(List<Member> members, Connection connection, RandomGenerator random) {
        Member least = members.getFirst();
        int lowest = least.live().get();
        int equals = 1;
        for (Member member : members.subList(1, members.size())) {
            int live = member.live().get();
            if (live < lowest) {
                least = member;
                lowest = live;
                equals = 1;
            } else if (live == lowest && random.nextInt(++equals) == 0) {
                least = member;
            }
        }
        return least;
    }

    /** The less busy of two different ones taken at random. */
    static Member randomOfTwo(List<Member> members, Connection connection, RandomGenerator random) {
        int one = random.nextInt(members.size());
        if (members.size() == 1) {
            return members.getFirst();
        }
        int other = random.nextInt(members.size() - 1);
        Member a = members.get(one);
        Member b = members.get(other < one ? other : other + 1);
        return b.live().get() < a.live().get() ? b : a;
    }

    /**
     * The same for each connection from one address (rendezvous hashing): a member that goes takes only its own sources with it,
     * and one that comes takes an equal share from each.
     */
    static Member hashBySource(List<Member> members, Connection connection, RandomGenerator random) {
        InetAddress source = connection.source().getAddress();
        long seed = source == null ? 0 : hash(source.getAddress());
        Member best = members.getFirst();
        long highest = Long.MIN_VALUE;
        for (Member member : members) {
            long score = mix(seed ^ hash(member.outbound().name().getBytes(StandardCharsets.UTF_8)));
            if (score > highest) {
                highest = score;
                best = member;
            }
        }
        return best;
    }

    /** FNV-1a. */
    private static long hash(byte[] bytes) {
        long hash = 0xcbf29ce484222325L;
        for (byte b : bytes) {
            hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
        }
        return mix(hash);
    }

    /** The finisher of SplitMix64: every bit of the input decides every bit of the result. */
    private static long mix(long bits) {
        long z = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
