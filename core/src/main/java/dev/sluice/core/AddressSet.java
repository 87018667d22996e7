package dev.sluice.core;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.LongStream;

/**
 * A set of blocks of addresses. A look-up is a binary search over the blocks, which are sorted, and joined where they touch or
 * overlap: 17 steps for 100,000 blocks, in 0.8 MB (IPv4) or 3.2 MB (IPv6). It allocates
 * nothing for IPv4; for IPv6 it copies the 16 octets, because {@code Inet6Address} gives them no other way.
 *
 * <p>Immutable; any thread.
 */
public final class AddressSet {
    /** The set without an address. */
    public static final AddressSet EMPTY = new Builder().build();

    // Bounds of the ranges, both inclusive, with the sign bit turned, so that signed comparison orders them as unsigned.
    private final int[] from4;
    private final int[] to4;
    private final long[] from6; // pairs: high, low
    private final long[] to6;
    private final int size;

    private AddressSet(int[] from4, int[] to4, long[] from6, long[] to6, int size) {
        this.from4 = from4;
        this.to4 = to4;
        this.from6 = from6;
        this.to6 = to6;
        this.size = size;
    }

    /** The set of {@code blocks}. */
    public static AddressSet of(List<Cidr> blocks) {
        Builder builder = new Builder();
        blocks.forEach(builder::add);
        return builder.build();
    }

    /** Whether {@code address}, or the IPv4 address that it maps, lies in a block of the set. Zones are not looked at. */
    public boolean contains(InetAddress address) {
        if (size == 0) {
            return false;
        }
        byte[] bytes = address.getAddress();
        if (bytes.length == 4) {
            return containsIpv4(PrivateRanges.intAt(bytes, 0) ^ Integer.MIN_VALUE);
        }
        return Addresses.isMapped(bytes)
                ? containsIpv4(PrivateRanges.intAt(bytes, 12) ^ Integer.MIN_VALUE)
                : containsIpv6(longAt(bytes, 0) ^ Long.MIN_VALUE, longAt(bytes, 8) ^ Long.MIN_VALUE);
    }

    private boolean containsIpv4(int address) {
        int low = 0;
        int high = from4.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (from4[middle] <= address) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high >= 0 && address <= to4[high];
    }

    private boolean containsIpv6(long addressHigh, long addressLow) {
        int low = 0;
        int high = from6.length / 2 - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (notAfter(from6[2 * middle], from6[2 * middle + 1], addressHigh, addressLow)) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high >= 0 && notAfter(addressHigh, addressLow, to6[2 * high], to6[2 * high + 1]);
    }

    private static boolean notAfter(long high, long low, long otherHigh, long otherLow) {
        return high < otherHigh || (high == otherHigh && low <= otherLow);
    }

    private static long longAt(byte[] bytes, int at) {
        return (long) PrivateRanges.intAt(bytes, at) << 32 | Integer.toUnsignedLong(PrivateRanges.intAt(bytes, at + 4));
    }

    /** How many blocks were put in. */
    public int size() {
        return size;
    }

    /** Whether it has no address. */
    public boolean isEmpty() {
        return size == 0;
    }

    @Override
    public String toString() {
        return size + " address blocks";
    }

    /** An inclusive range; IPv4 addresses are held in {@code low}. The sign bits are turned. */
    private record Range(long fromHigh, long fromLow, long toHigh, long toLow) {
        static final Comparator<Range> BY_START = Comparator.comparingLong(Range::fromHigh).thenComparingLong(Range::fromLow);

        /** Whether {@code next}, which does not begin before this one, begins in it or right after it. */
        boolean reaches(Range next) {
            if (notAfter(next.fromHigh, next.fromLow, toHigh, toLow)) {
                return true;
            }
            return toLow == Long.MAX_VALUE
                    ? next.fromLow == Long.MIN_VALUE && next.fromHigh == toHigh + 1
                    : next.fromHigh == toHigh && next.fromLow == toLow + 1;
        }

        Range join(Range next) {
            return notAfter(next.toHigh, next.toLow, toHigh, toLow)
                    ? this
                    : new Range(fromHigh, fromLow, next.toHigh, next.toLow);
        }
    }

    /** Gathers blocks for an {@link AddressSet}. One thread. */
    public static final class Builder {
        private final List<Range> ranges4 = new ArrayList<>();
        private final List<Range> ranges6 = new ArrayList<>();

        /** Nothing yet. */
        public Builder() {}

        /** One more block. */
        public Builder add(Cidr block) {
            byte[] bytes = block.network().getAddress();
            if (bytes.length == 4) {
                long from = PrivateRanges.intAt(bytes, 0) ^ Integer.MIN_VALUE;
                ranges4.add(new Range(0, from, 0, from + (1L << (32 - block.prefix())) - 1));
            } else {
                long high = longAt(bytes, 0);
                long low = longAt(bytes, 8);
                long toHigh = high | ones(Math.max(0, 64 - block.prefix()));
                long toLow = low | ones(Math.min(64, 128 - block.prefix()));
                ranges6.add(
                        new Range(high ^ Long.MIN_VALUE, low ^ Long.MIN_VALUE, toHigh ^ Long.MIN_VALUE, toLow ^ Long.MIN_VALUE));
            }
            return this;
        }

        private static long ones(int count) {
            return count == 64 ? -1 : (1L << count) - 1;
        }

        private static List<Range> joined(List<Range> ranges) {
            List<Range> sorted = new ArrayList<>(ranges);
            sorted.sort(Range.BY_START);
            List<Range> joined = new ArrayList<>(sorted.size());
            for (Range range : sorted) {
                if (!joined.isEmpty() && joined.getLast().reaches(range)) {
                    joined.set(joined.size() - 1, joined.getLast().join(range));
                } else {
                    joined.add(range);
                }
            }
            return joined;
        }

        /** What was gathered so far. */
        public AddressSet build() {
            List<Range> four = joined(ranges4);
            List<Range> six = joined(ranges6);
            return new AddressSet(four.stream().mapToInt(r -> (int) r.fromLow).toArray(),
                    four.stream().mapToInt(r -> (int) r.toLow).toArray(),
                    six.stream().flatMapToLong(r -> LongStream.of(r.fromHigh, r.fromLow)).toArray(),
                    six.stream().flatMapToLong(r -> LongStream.of(r.toHigh, r.toLow)).toArray(), ranges4.size() + ranges6.size());
        }
    }
}
