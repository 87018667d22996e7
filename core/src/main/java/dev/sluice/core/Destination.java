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
        checkPort(port);
    }

    /** A socket address, resolved or not. */
    public static Destination of(Network network, InetSocketAddress address) {
        InetAddress resolved = address.getAddress();
        return new Destination(network, resolved == null ? Host.parse(address.getHostString()) : Host.of(resolved),
                address.getPort());
    }

    /** {@code host} in any legal form; {@link Host} lists them. */
    public static Destination of(Network network, String host, int port) {
        return new Destination(network, Host.parse(host), port);
    }

    /**
     * {@code host:port}, the host as in {@link Host}, an IPv6 address in brackets.
     *
     * @throws InvalidDestinationException where it is none; the message says what is wrong and what is allowed
     */
    public static Destination parse(Network network, String hostAndPort) {
        return HostNames.parseDestination(network, hostAndPort, 0);
    }

    /**
     * {@code host:port} or {@code host} alone, which then has {@code defaultPort}; an IPv6 address in brackets.
     *
     * @throws InvalidDestinationException where it is none; the message says what is wrong and what is allowed
     */
    public static Destination parse(Network network, String hostAndPort, int defaultPort) {
        return HostNames.parseDestination(network, hostAndPort, checkPort(defaultPort));
    }

    /**
     * A port in decimal digits.
     *
     * @throws InvalidDestinationException where it is not a number in 1..65535
     */
    public static int parsePort(String text) {
        return HostNames.parsePort(text);
    }

    private static int checkPort(int port) {
        if (port < 1 || port > 65535) {
            throw HostNames.invalid("port " + port + " is not in 1..65535");
        }
        return port;
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

    /** By hand, as {@link #hashCode}: every request looks for its origin by this key, and what a record makes of itself is slow. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Destination d && port == d.port && network == d.network && host.equals(d.host);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * host.hashCode() + port) + network.hashCode();
    }

    /** {@code host:port}, an IPv6 address in brackets: what {@link #parse} reads. */
    @Override
    public String toString() {
        String text = host.toString();
        if (text.indexOf(':') < 0) {
            return text + ":" + port;
        }
        int zone = text.indexOf("%25"); // an interface whose name or number begins with 25 must not be read as RFC 6874's %25
        String inBrackets = zone < 0 || zone + 3 == text.length()
                ? text
                : text.substring(0, zone) + "%25" + text.substring(zone + 1);
        return "[" + inBrackets + "]:" + port;
    }
}
