package dev.sluice.core;

import java.net.InetAddress;
import java.util.Arrays;

/**
 * A block of addresses: a network and the length of its prefix (RFC 4632, RFC 4291 §2.3).
 *
 * <p>IPv4-mapped IPv6 is IPv4 here as everywhere: {@code ::ffff:10.0.0.0/104} is {@code 10.0.0.0/8}, and an IPv4 block holds the
 * mapped forms of its addresses. Zones are not looked at. Immutable; any thread.
 *
 * @param network the first address of the block
 * @param prefix how many bits all its addresses share: 0 to 32 or 128
 */
public record Cidr(InetAddress network, int prefix) {

    /**
     * Clears the bits after the prefix: {@code 10.1.2.3/8} is {@code 10.0.0.0/8}.
     *
     * @throws InvalidDestinationException where the prefix is too long
     */
    public Cidr {
        byte[] bytes = Addresses.unmapped(network).getAddress();
        int bits = 8 * bytes.length;
        if (prefix < 0 || prefix > bits) {
            throw HostNames.invalid("prefix length " + prefix + " is not in 0.." + bits);
        }
        mask(bytes, prefix);
        network = Addresses.fromBytes(bytes);
    }

    /**
     * {@code address/prefix}, or an address alone for a block of one.
     *
     * @throws InvalidDestinationException where it is neither; the message says why
     */
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        byte[] bytes = new byte[16];
        boolean six = address.indexOf(':') >= 0;
        if (six ? !Addresses.readIpv6(address, address.length(), bytes) : Addresses.parseIpv4(address) == null) {
            throw HostNames.invalid(HostNames.quote(text) + " is not a block of addresses; 10.0.0.0/8 or fd00::/8 are");
        }
        int length = slash < 0 ? (six ? 128 : 32) : prefix(text, slash + 1, six ? 128 : 32);
        if (!six) {
            return new Cidr(Addresses.parse(address), length);
        }
        if (Addresses.isMapped(bytes)) {
            if (length < 96) {
                mask(bytes, length);
            } else {
                length -= 96;
            }
        }
        return new Cidr(Addresses.fromBytes(bytes), length);
    }

    private static int prefix(String text, int from, int max) {
        int value = text.length() == from || text.length() > from + 3 ? -1 : 0;
        for (int i = from; i < text.length() && value >= 0; i++) {
            char c = text.charAt(i);
            value = c >= '0' && c <= '9' ? 10 * value + (c - '0') : -1;
        }
        if (value < 0 || value > max) {
            throw HostNames.invalid("the prefix length of " + HostNames.quote(text) + " is not a number in 0.." + max);
        }
        return value;
    }

    private static void mask(byte[] bytes, int prefix) {
        for (int i = 0; i < bytes.length; i++) {
            int kept = Math.clamp(prefix - 8L * i, 0, 8);
            bytes[i] &= (byte) (0xff00 >> kept);
        }
    }

    /** Whether {@code address} lies in the block. */
    public boolean contains(InetAddress address) {
        byte[] ours = network.getAddress();
        byte[] theirs = Addresses.unmapped(address).getAddress();
        if (ours.length != theirs.length) {
            return false;
        }
        mask(theirs, prefix);
        return Arrays.equals(ours, theirs);
    }

    /** {@code network/prefix}. */
    @Override
    public String toString() {
        return Addresses.print(network) + "/" + prefix;
    }
}
