package dev.sluice.app.config;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * How names are resolved.
 *
 * @param servers asked in this order; empty for those of the system
 * @param timeout for the look-up of a name
 */
public record DnsConfig(List<InetSocketAddress> servers, Duration timeout) {
    private static final Key<List<InetSocketAddress>> SERVERS = Key.of("servers", ListType.orOne(Scalars.DNS_SERVER), "[]",
            "Name servers, as in 9.9.9.9 or [2620:fe::fe]:53; without them those of the system.");
    private static final Key<Duration> TIMEOUT = Key.of("timeout", Scalars.DURATION_TYPE, "5s",
            "Limit for the look-up of a name.");

    static final ObjectType<DnsConfig> TYPE = new ObjectType<>("'dns'", List.of(SERVERS, TIMEOUT),
            v -> new DnsConfig(v.get(SERVERS), v.get(TIMEOUT)));
}
