package dev.sluice.app.config;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * How names are resolved.
 *
 * @param servers asked in this order; empty for those of the system
 * @param timeout of one query
 * @param maxTtl the longest time that an answer is kept
 * @param negativeTtl how long a name that does not exist is kept
 * @param family which addresses are used
 */
public record DnsConfig(List<InetSocketAddress> servers, Duration timeout, Duration maxTtl, Duration negativeTtl, Family family) {

    /** Which addresses of a name are used. */
    public enum Family {
        /** Both, raced as RFC 8305 says. */
        BOTH,
        /** IPv4 only. */
        IPV4,
        /** IPv6 only. */
        IPV6
    }

    private static final Key<List<InetSocketAddress>> SERVERS = Key.of("servers", ListType.orOne(Scalars.DNS_SERVER), "[]",
            "Name servers, as in 9.9.9.9 or [2620:fe::fe]:53; without them those of the system.");
    private static final Key<Duration> TIMEOUT = Key.of("timeout", Scalars.DURATION_TYPE, "5s", "Limit for one query.");
    private static final Key<Duration> MAX_TTL = Key.of("max-ttl", Scalars.DURATION_TYPE, "1h", "The longest time an answer is kept.");
    private static final Key<Duration> NEGATIVE_TTL = Key.of("negative-ttl", Scalars.DURATION_TYPE, "5s",
            "How long it is remembered that a name does not exist.");
    private static final Key<Family> FAMILY = Key.of("family", Scalars.oneOf(Family.class), "both",
            "Which addresses are used; both are raced as in RFC 8305.");

    static final ObjectType<DnsConfig> TYPE = new ObjectType<>("'dns'", List.of(SERVERS, TIMEOUT, MAX_TTL, NEGATIVE_TTL, FAMILY),
            v -> new DnsConfig(v.get(SERVERS), v.get(TIMEOUT), v.get(MAX_TTL), v.get(NEGATIVE_TTL), v.get(FAMILY)));
}
