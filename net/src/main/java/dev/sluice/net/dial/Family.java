package dev.sluice.net.dial;

import java.net.Inet6Address;
import java.net.InetAddress;

/** The two kinds of IP addresses. */
public enum Family {
    /** IPv6, asked for by AAAA; tried first. */
    IPV6,
    /** IPv4, asked for by A. */
    IPV4;

    /** The kind of {@code address}. */
    public static Family of(InetAddress address) {
        return address instanceof Inet6Address ? IPV6 : IPV4;
    }

    /** The other one. */
    public Family other() {
        return this == IPV6 ? IPV4 : IPV6;
    }
}
