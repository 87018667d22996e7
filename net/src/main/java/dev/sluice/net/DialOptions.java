package dev.sluice.net;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How targets are dialled.
 *
 * @param connect limit for one address
 * @param total limit for a whole dial, resolution included
 * @param resolve limit for the look-up of a name
 * @param servers the DNS servers to ask; empty for those of the system
 * @param source4 the local address of IPv4 sockets; null for any
 * @param source6 the local address of IPv6 sockets; null for any
 */
public record DialOptions(Duration connect, Duration total, Duration resolve, List<InetSocketAddress> servers,
        @Nullable Inet4Address source4, @Nullable Inet6Address source6) {

    /** 10 s for one address, 30 s in all, 5 s for a name, the system's servers, any local address. */
    public static final DialOptions DEFAULT = new DialOptions(Duration.ofSeconds(10), Duration.ofSeconds(30),
            Duration.ofSeconds(5), List.of(), null, null);

    /** Keeps an own copy of the list. */
    public DialOptions {
        servers = List.copyOf(servers);
    }

    /** The same with other DNS servers. */
    public DialOptions withServers(List<InetSocketAddress> others) {
        return new DialOptions(connect, total, resolve, others, source4, source6);
    }

    /** The same with the local addresses that sockets are bound to. */
    public DialOptions withSource(@Nullable Inet4Address v4, @Nullable Inet6Address v6) {
        return new DialOptions(connect, total, resolve, servers, v4, v6);
    }

    /** The same with other limits. */
    public DialOptions withLimits(Duration oneAddress, Duration wholeDial) {
        return new DialOptions(oneAddress, wholeDial, resolve, servers, source4, source6);
    }
}
