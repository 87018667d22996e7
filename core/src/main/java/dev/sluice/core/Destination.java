package dev.sluice.core;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where a connection or a packet goes: a host, a port, and the kind of traffic.
 *
 * <p>Immutable; any thread.
 *
 * @param network stream or packets
 * @param host a name or an address
 * @param port 1 to 65535
 */
public record Destination(Network network, Host host, int port) {

    /** Checks the port. */
    public Destination {
        if (port < 1 || port > 65535) {
            throw new InvalidDestinationException("port " + port + " is not in 1..65535");
        }
    }

    /** A socket address, resolved or not. */
    public static Destination of(Network network, InetSocketAddress address) {
        InetAddress resolved = address.getAddress();
        return new Destination(network, resolved == null ? Hosts.parse(address.getHostString()) : Hosts.of(resolved),
                address.getPort());
    }

    /** {@code host} in any legal form: a name (IDN is turned into A-labels), IPv4, IPv6 with or without brackets or a zone. */
    public static Destination of(Network network, String host, int port) {
        return new Destination(network, Hosts.parse(host), port);
    }

    /** {@code host:port}, the host as in {@link #of(Network, String, int)}, an IPv6 address in brackets. */
    public static Destination parse(Network network, String hostAndPort) {
        return Hosts.parseDestination(network, hostAndPort);
    }

    /** The address; null where the host is a name. */
    public @Nullable InetAddress address() {
        return host instanceof Host.Address a ? a.value() : null;
    }

    /** A socket address for the transport: resolved where the host is an address. */
    public InetSocketAddress toSocketAddress() {
        return switch (host) {
            case Host.Address a -> new InetSocketAddress(a.value(), port);
            case Host.Name n -> InetSocketAddress.createUnresolved(n.value(), port);
        };
    }

    /** {@code host:port}, an IPv6 address in brackets: what {@link #parse} reads. */
    @Override
    public String toString() {
        String text = host.toString();
        return (text.indexOf(':') >= 0 ? "[" + text + "]" : text) + ":" + port;
    }
}
