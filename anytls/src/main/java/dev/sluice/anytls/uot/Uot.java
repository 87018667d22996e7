package dev.sluice.anytls.uot;

import dev.sluice.core.Host;

/** The names that ask for UDP over TCP instead of a target: they are sent where a stream's address stands, and are never resolved. */
public final class Uot {
    /** What a client of version 2 names. The port means nothing: Go's clients send 0, others the target's. */
    public static final Host VERSION_2 = new Host.Name("sp.v2.udp-over-tcp.arpa");
    /** What a client of version 1 names. */
    public static final Host VERSION_1 = new Host.Name("sp.udp-over-tcp.arpa");

    private static final String ANY = "udp-over-tcp.arpa";

    /** What a stream is for. */
    public enum Version {
        /** A TCP target. */
        NONE,
        /** Datagrams, each with its address, without a request before them. */
        V1,
        /** A request, then datagrams. */
        V2
    }

    private Uot() {}

    /** What {@code host} asks for. As the reference server does, every name with the magic in it counts. */
    public static Version asks(Host host) {
        if (!(host instanceof Host.Name name) || !name.value().contains(ANY)) {
            return Version.NONE;
        }
        return host.equals(VERSION_1) ? Version.V1 : Version.V2;
    }
}
