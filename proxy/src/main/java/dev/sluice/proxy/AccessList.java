package dev.sluice.proxy;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which addresses are meant: who may use a listener, whose PROXY header is believed. A handful of networks, looked through in
 * order. Immutable; any thread.
 */
public final class AccessList {
    /** Every address. */
    public static final AccessList ANY = new AccessList(null);
    /** No address. */
    public static final AccessList NONE = new AccessList(List.of());

    private static final class Network {
        private final byte[] prefix;
        private final int bits;

        private Network(byte[] prefix, int bits) {
            this.prefix = prefix;
            this.bits = bits;
        }

        boolean contains(byte[] address) {
            if (address.length != prefix.length) {
                return false;
            }
            int whole = bits / 8;
            if (Arrays.mismatch(address, 0, whole, prefix, 0, whole) >= 0) {
                return false;
            }
            int rest = bits % 8;
            return rest == 0 || ((address[whole] ^ prefix[whole]) & (0xFF00 >> rest) & 0xFF) == 0;
        }
    }

    private final @Nullable List<Network> networks; // null: every address

    private AccessList(@Nullable List<Network> networks) {
        this.networks = networks;
    }

    /**
     * Reads networks as {@code 10.0.0.0/8}, {@code 2001:db8::/32}, or a single address.
     *
     * @throws IllegalArgumentException names the entry that is none, and what is wrong with it
     */
    public static AccessList parse(List<String> entries) {
        List<Network> networks = new ArrayList<>(entries.size());
        for (String entry : entries) {
            networks.add(network(entry));
        }
        return new AccessList(List.copyOf(networks));
    }

    private static Network network(String entry) {
        int slash = entry.indexOf('/');
        byte[] address = NetUtil.createByteArrayFromIpAddressString(slash < 0 ? entry : entry.substring(0, slash));
        if (address == null) {
            throw new IllegalArgumentException("'" + entry + "' is no address and no network such as 10.0.0.0/8");
        }
        int most = address.length * 8;
        int bits = slash < 0 ? most : bits(entry, slash, most);
        for (int bit = bits; bit < most; bit++) {
            if ((address[bit / 8] & (0x80 >> (bit % 8))) != 0) {
                throw new IllegalArgumentException(
                        "'" + entry + "' has bits set beyond its first " + bits + ": write the network's first address");
            }
        }
        return new Network(address, bits);
    }

    private static int bits(String entry, int slash, int most) {
        String digits = entry.substring(slash + 1);
        int bits = digits.matches("\\d{1,3}") ? Integer.parseInt(digits) : -1;
        if (bits < 0 || bits > most) {
            throw new IllegalArgumentException("'" + entry + "': the prefix length is not in 0.." + most);
        }
        return bits;
    }

    /** Whether {@code address} is meant. */
    public boolean contains(InetAddress address) {
        if (networks == null) {
            return true;
        }
        byte[] bytes = address.getAddress();
        for (Network network : networks) {
            if (network.contains(bytes)) {
                return true;
            }
        }
        return false;
    }

    /** Whether every address is meant. */
    public boolean isAny() {
        return networks == null;
    }

    /** Whether no address is meant. */
    public boolean isNone() {
        return networks != null && networks.isEmpty();
    }
}
