package dev.sluice.proxy;

import java.time.Duration;

/**
 * How SOCKS associations behave (RFC 1928 §7).
 *
 * @param filter whose replies reach the user
 * @param idle an association without a packet for so long ends
 * @param dnsIdle so long replies from port 53 are let in after the last query
 */
public record SocksOptions(UdpFilter filter, Duration idle, Duration dnsIdle) {

    /** Whose replies reach the user of an association (RFC 4787 §5). */
    public enum UdpFilter {
        /** Only those from addresses that the user has sent to. */
        ADDRESS,
        /** Everybody's: what games and calls call a full cone. */
        NONE
    }

    /** Filtered by address; 5 minutes; 15 seconds for port 53. */
    public static final SocksOptions DEFAULT = new SocksOptions(UdpFilter.ADDRESS, Duration.ofMinutes(5),
            Duration.ofSeconds(15));
}
