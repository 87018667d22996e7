package dev.sluice.core;

/**
 * Which addresses are not of the public Internet. The lists are the IANA registries of special-purpose addresses (RFC 6890), as
 * far as they say "not globally reachable", multicast, and the services of cloud providers that have a public address.
 */
final class PrivateRanges {
    /** Pairs of network and prefix length. */
    private static final int[] IPV4 = {
            ip(0, 0, 0, 0), 8, // this network; 0.0.0.0 connects to loopback on Linux
            ip(10, 0, 0, 0), 8, // RFC 1918
            ip(100, 64, 0, 0), 10, // shared, RFC 6598; holds Alibaba's metadata service 100.100.100.200
            ip(127, 0, 0, 0), 8, // loopback
            ip(168, 63, 129, 16), 32, // Azure's platform service
            ip(169, 254, 0, 0), 16, // link-local; holds the metadata service 169.254.169.254
            ip(172, 16, 0, 0), 12, // RFC 1918
            ip(192, 0, 0, 0), 24, // protocol assignments; holds Oracle's metadata service 192.0.0.192
            ip(192, 0, 2, 0), 24, // examples, RFC 5737
            ip(192, 168, 0, 0), 16, // RFC 1918
            ip(198, 18, 0, 0), 15, // benchmarks, RFC 2544
            ip(198, 51, 100, 0), 24, // examples
            ip(203, 0, 113, 0), 24, // examples
            ip(224, 0, 0, 0), 4, // multicast
            ip(240, 0, 0, 0), 4, // reserved, and broadcast 255.255.255.255
    };

    /** Pairs: the first 64 bits of the network and its prefix length, which is at most 64. */
    private static final long[] IPV6 = {
            0x0064_ff9b_0001_0000L, 48, // local-use NAT64, RFC 8215
            0x0100_0000_0000_0000L, 64, // discard only, RFC 6666
            0x0100_0000_0000_0001L, 64, // dummy prefix, RFC 9780
            0x2001_0002_0000_0000L, 48, // benchmarks, RFC 5180
            0x2001_0010_0000_0000L, 28, // ORCHID, RFC 4843
            0x2001_0020_0000_0000L, 28, // ORCHIDv2, RFC 7343
            0x2001_0db8_0000_0000L, 32, // examples, RFC 3849
            0x3fff_0000_0000_0000L, 20, // examples, RFC 9637
            0x5f00_0000_0000_0000L, 16, // SRv6 identifiers, RFC 9602
            0xfc00_0000_0000_0000L, 7, // unique local; holds the metadata services fd00:ec2::254 and fd20:ce::254
            0xfe80_0000_0000_0000L, 10, // link-local
            0xfec0_0000_0000_0000L, 10, // site-local, RFC 3879
            0xff00_0000_0000_0000L, 8, // multicast
    };

    private PrivateRanges() {}

    static boolean containsIpv4(int address) {
        for (int i = 0; i < IPV4.length; i += 2) {
            if ((address ^ IPV4[i]) >>> (32 - IPV4[i + 1]) == 0) {
                return true;
            }
        }
        return false;
    }

    static boolean containsIpv6(byte[] address) {
        long high = (long) intAt(address, 0) << 32 | Integer.toUnsignedLong(intAt(address, 4));
        for (int i = 0; i < IPV6.length; i += 2) {
            if ((high ^ IPV6[i]) >>> (64 - IPV6[i + 1]) == 0) {
                return true;
            }
        }
        int third = intAt(address, 8);
        int last = intAt(address, 12);
        if (high == 0) {
            return switch (third) {
                case 0 -> true; // ::, ::1, and the IPv4-compatible addresses that nothing routes
                case 0xffff -> containsIpv4(last); // mapped, RFC 4291 §2.5.5.2
                case 0xffff_0000 -> containsIpv4(last); // translated, RFC 7915
                default -> false;
            };
        }
        if (high == 0x0064_ff9b_0000_0000L && third == 0) {
            return containsIpv4(last); // NAT64, RFC 6052
        }
        if (high >>> 48 == 0x2002) {
            return containsIpv4((int) (high >>> 16)); // 6to4, RFC 3056
        }
        if (high >>> 32 == 0x2001_0000) {
            return containsIpv4((int) high) || containsIpv4(~last); // Teredo: server and client, RFC 4380 §4
        }
        return (third & ~0x0200_0000) == 0x5efe && containsIpv4(last); // ISATAP, RFC 5214 §6.1
    }

    static int intAt(byte[] bytes, int at) {
        return bytes[at] << 24 | (bytes[at + 1] & 0xff) << 16 | (bytes[at + 2] & 0xff) << 8 | (bytes[at + 3] & 0xff);
    }

    private static int ip(int a, int b, int c, int d) {
        return a << 24 | b << 16 | c << 8 | d;
    }
}
