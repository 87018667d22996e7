package dev.sluice.core;

import io.netty.util.NetUtil;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads, prints and judges IP addresses. Nothing here asks a resolver. Any thread. */
public final class Addresses {
    private static final int GROUPS = 8;
    private static final int MAX_ZONE = 32;

    private Addresses() {}

    /**
     * Whether {@code address} belongs to this machine, its network or its provider, and not to the public Internet: unspecified,
     * loopback, link-local, private (RFC 1918), shared (RFC 6598), unique local, site-local, multicast, broadcast, the metadata
     * services of clouds, and what is reserved for benchmarks, examples and protocols (RFC 6890). An IPv6 address that carries an
     * IPv4 address (mapped, translated, NAT64, 6to4, Teredo, ISATAP) is private also where that one is.
     */
    public static boolean isPrivate(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == 4 ? PrivateRanges.containsIpv4(PrivateRanges.intAt(bytes, 0)) : PrivateRanges.containsIpv6(bytes);
    }

    /**
     * An IPv4 or IPv6 address in text, as {@link Host} describes the forms, without brackets.
     *
     * @throws InvalidDestinationException where it is none; the message says why
     */
    public static InetAddress parse(String text) {
        if (text.indexOf(':') >= 0) {
            return unmapped(parseIpv6(text));
        }
        InetAddress address = parseIpv4(text);
        if (address == null) {
            throw HostNames.invalid(HostNames.quote(text) + " is not an IP address");
        }
        return address;
    }

    /** The address in text: IPv6 compressed as in RFC 5952, with {@code %zone} where there is one, never in brackets. */
    public static String print(InetAddress address) {
        String text = NetUtil.toAddressString(address);
        if (!(address instanceof Inet6Address six)) {
            return text;
        }
        int percent = text.indexOf('%');
        String plain = percent < 0 ? text : text.substring(0, percent);
        NetworkInterface zone = six.getScopedInterface();
        return zone != null ? plain + "%" + zone.getName() : six.getScopeId() != 0 ? plain + "%" + six.getScopeId() : plain;
    }

    /** The IPv4 address of an IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2); every other address as it is. */
    public static InetAddress unmapped(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return address;
        }
        byte[] bytes = address.getAddress();
        return isMapped(bytes) ? fromBytes(Arrays.copyOfRange(bytes, 12, 16)) : address;
    }

    static boolean isMapped(byte[] ipv6) {
        for (int i = 0; i < 10; i++) {
            if (ipv6[i] != 0) {
                return false;
            }
        }
        return ipv6[10] == -1 && ipv6[11] == -1;
    }

    /** An address from its 4 or 16 octets; 16 octets that are IPv4-mapped give the IPv4 address. */
    static InetAddress fromBytes(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("an address has 4 or 16 octets, not " + bytes.length, e);
        }
    }

    /** Four decimal numbers without leading zeros; null where it is something else. */
    static @Nullable InetAddress parseIpv4(String text) {
        byte[] bytes = new byte[4];
        return readIpv4(text, 0, text.length(), bytes, 0) ? fromBytes(bytes) : null;
    }

    private static boolean readIpv4(String text, int from, int to, byte[] into, int at) {
        int position = from;
        for (int part = 0; part < 4; part++) {
            int start = position;
            int value = 0;
            while (position < to && position - start < 3 && text.charAt(position) >= '0' && text.charAt(position) <= '9') {
                value = 10 * value + (text.charAt(position++) - '0');
            }
            boolean leadingZero = position - start > 1 && text.charAt(start) == '0';
            if (position == start || leadingZero || value > 255) {
                return false;
            }
            into[at + part] = (byte) value;
            if (part < 3 && (position == to || text.charAt(position++) != '.')) {
                return false;
            }
        }
        return position == to;
    }

    /** Any form of RFC 4291 §2.2, with a zone where the scope of the address has zones; no brackets. */
    static InetAddress parseIpv6(String text) {
        int percent = text.indexOf('%');
        byte[] bytes = new byte[16];
        if (!readIpv6(text, percent < 0 ? text.length() : percent, bytes)) {
            throw HostNames.invalid(HostNames.quote(text) + " is not an IPv6 address");
        }
        InetAddress address = fromBytes(bytes);
        if (percent < 0) {
            return address;
        }
        boolean scoped = address.isLinkLocalAddress() || address.isSiteLocalAddress() || address.isMulticastAddress();
        if (!scoped || address instanceof Inet4Address) {
            throw HostNames.invalid("only a link-local, site-local or multicast IPv6 address has a zone, not "
                    + HostNames.quote(text));
        }
        return withZone(bytes, text.substring(percent + 1), text);
    }

    /** The octets of an IPv6 address without a zone; false where {@code text} up to {@code to} is none. */
    static boolean readIpv6(String text, int to, byte[] into) {
        int position = 0;
        int group = 0;
        int gap = -1; // the group at which :: stands
        if (text.startsWith("::") && to >= 2) {
            gap = 0;
            position = 2;
        }
        while (position < to) {
            if (group == GROUPS) {
                return false;
            }
            int start = position;
            int value = 0;
            while (position < to && position - start < 5 && hex(text.charAt(position)) >= 0) {
                value = value << 4 | hex(text.charAt(position++));
            }
            if (position < to && text.charAt(position) == '.') { // the last 32 bits as IPv4
                if (group > GROUPS - 2 || !readIpv4(text, start, to, into, 2 * group)) {
                    return false;
                }
                group += 2;
                position = to;
                break;
            }
            if (position == start || position - start > 4) {
                return false;
            }
            into[2 * group] = (byte) (value >> 8);
            into[2 * group + 1] = (byte) value;
            group++;
            if (position == to) {
                break;
            }
            if (text.charAt(position++) != ':' || position == to) {
                return false;
            }
            if (text.charAt(position) == ':') {
                if (gap >= 0) {
                    return false;
                }
                gap = group;
                position++;
            }
        }
        if (gap < 0) {
            return group == GROUPS;
        }
        if (group == GROUPS) {
            return false; // :: stands for at least one group
        }
        int tail = 2 * (group - gap);
        System.arraycopy(into, 2 * gap, into, 16 - tail, tail);
        Arrays.fill(into, 2 * gap, 16 - tail, (byte) 0);
        return true;
    }

    private static int hex(char c) {
        return c < 0x80 ? Character.digit(c, 16) : -1;
    }

    private static InetAddress withZone(byte[] bytes, String zone, String text) {
        boolean number = !zone.isEmpty() && zone.length() <= 9;
        boolean legal = !zone.isEmpty() && zone.length() <= MAX_ZONE;
        for (int i = 0; i < zone.length(); i++) {
            char c = zone.charAt(i);
            boolean digit = c >= '0' && c <= '9';
            number &= digit;
            legal &= digit || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_' || c == '~';
        }
        if (!legal) {
            throw HostNames.invalid("the zone of " + HostNames.quote(text) + " is not the name or the number of an interface");
        }
        try {
            if (number) {
                int index = Integer.parseInt(zone);
                return index == 0 ? fromBytes(bytes) : Inet6Address.getByAddress(null, bytes, index); // 0: the default zone, RFC 4007 §6
            }
            NetworkInterface networkInterface = NetworkInterface.getByName(zone);
            if (networkInterface == null) {
                throw HostNames.invalid("the zone of " + HostNames.quote(text) + " is not an interface of this machine");
            }
            return Inet6Address.getByAddress(null, bytes, networkInterface.getIndex());
        } catch (UnknownHostException | SocketException e) {
            throw HostNames.invalid("the zone of " + HostNames.quote(text) + " cannot be used: " + e.getMessage());
        }
    }
}
