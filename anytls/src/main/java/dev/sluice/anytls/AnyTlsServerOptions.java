package dev.sluice.anytls;

import dev.sluice.proxy.SocksOptions.UdpFilter;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How an AnyTLS inbound treats its clients.
 *
 * @param authentication from the TLS handshake until the authentication is complete
 * @param address from a stream's SYN until it has named its target
 * @param session padding scheme, streams per session, the answer to a SYN
 * @param udpFilter from whom an association takes packets
 * @param udpIdle an association without a packet ends after this
 * @param dnsIdle the same for one that began with port 53
 * @param fallback the web site that others are shown; null to close
 */
public record AnyTlsServerOptions(Duration authentication, Duration address, ServerSessionOptions session, UdpFilter udpFilter,
        Duration udpIdle, Duration dnsIdle, @Nullable FallbackSite fallback) {

    /** 5 s for the authentication, 10 s for an address, addresses the client has sent to, 5 min and 15 s, no fallback. */
    public static final AnyTlsServerOptions DEFAULT = new AnyTlsServerOptions(Duration.ofSeconds(5), Duration.ofSeconds(10),
            ServerSessionOptions.DEFAULT, UdpFilter.ADDRESS, Duration.ofMinutes(5), Duration.ofSeconds(15), null);

    /** With another time for the authentication. */
    public AnyTlsServerOptions withAuthentication(Duration with) {
        return new AnyTlsServerOptions(with, address, session, udpFilter, udpIdle, dnsIdle, fallback);
    }

    /** With other options of the session. */
    public AnyTlsServerOptions withSession(ServerSessionOptions with) {
        return new AnyTlsServerOptions(authentication, address, with, udpFilter, udpIdle, dnsIdle, fallback);
    }

    /** With other times and another filter for UDP. */
    public AnyTlsServerOptions withUdp(UdpFilter filter, Duration idle, Duration idleOfDns) {
        return new AnyTlsServerOptions(authentication, address, session, filter, idle, idleOfDns, fallback);
    }

    /** With a web site for those who are no clients. */
    public AnyTlsServerOptions withFallback(@Nullable FallbackSite site) {
        return new AnyTlsServerOptions(authentication, address, session, udpFilter, udpIdle, dnsIdle, site);
    }
}
