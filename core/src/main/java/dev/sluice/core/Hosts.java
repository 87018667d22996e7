package dev.sluice.core;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.Locale;

/** Reads the legal forms of a host. */
final class Hosts {
    private Hosts() {}

    static Host of(InetAddress address) {
        return new Host.Address(address);
    }

    static Host parse(String text) {
        InetAddress address = NetUtil.createInetAddressFromIpAddressString(text);
        return address != null ? of(address) : new Host.Name(text.toLowerCase(Locale.ROOT));
    }

    static Destination parseDestination(Network network, String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            throw new InvalidDestinationException("no port in " + text);
        }
        String host = text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        return new Destination(network, parse(host), Integer.parseInt(text.substring(colon + 1)));
    }
}
