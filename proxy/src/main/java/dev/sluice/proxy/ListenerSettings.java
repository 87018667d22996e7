package dev.sluice.proxy;

import dev.sluice.core.Policy;
import dev.sluice.net.ServerTls;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who may enter by a listener, and how far.
 *
 * @param name the inbound's name in rules, counters and logs
 * @param listen the addresses, resolved; port 0 lets the system choose
 * @param tls what the listener speaks beneath its protocol; null for plain TCP
 * @param users who may use it
 * @param allowFrom the sources that may connect; behind a PROXY header the header's source is meant
 * @param proxyHeaderFrom the peers that must send a PROXY header (v1 or v2), and are believed
 * @param policy what its connections may do
 * @param limits how many clients there may be; may be shared with other listeners
 * @param handshake from the accept until the client has said what it wants
 */
public record ListenerSettings(String name, List<InetSocketAddress> listen, @Nullable ServerTls tls, Users users,
        AccessList allowFrom, AccessList proxyHeaderFrom, Policy policy, ConnectionLimits limits, Duration handshake) {
    /** How long a handshake may take unless the configuration says otherwise. */
    public static final Duration HANDSHAKE = Duration.ofSeconds(10);

    /** Copies the list. */
    public ListenerSettings {
        listen = List.copyOf(listen);
    }

    /** Open to everybody, without limits: what a listener starts from. */
    public static ListenerSettings of(String name, InetSocketAddress listen, Policy policy) {
        return new ListenerSettings(name, List.of(listen), null, Users.NONE, AccessList.ANY, AccessList.NONE, policy,
                ConnectionLimits.none(), HANDSHAKE);
    }

    /** With TLS. */
    public ListenerSettings withTls(@Nullable ServerTls with) {
        return new ListenerSettings(name, listen, with, users, allowFrom, proxyHeaderFrom, policy, limits, handshake);
    }

    /** With users. */
    public ListenerSettings withUsers(Users with) {
        return new ListenerSettings(name, listen, tls, with, allowFrom, proxyHeaderFrom, policy, limits, handshake);
    }

    /** For these sources only. */
    public ListenerSettings withAllowFrom(AccessList with) {
        return new ListenerSettings(name, listen, tls, users, with, proxyHeaderFrom, policy, limits, handshake);
    }

    /** With peers that send a PROXY header. */
    public ListenerSettings withProxyHeaderFrom(AccessList with) {
        return new ListenerSettings(name, listen, tls, users, allowFrom, with, policy, limits, handshake);
    }

    /** With limits. */
    public ListenerSettings withLimits(ConnectionLimits with) {
        return new ListenerSettings(name, listen, tls, users, allowFrom, proxyHeaderFrom, policy, with, handshake);
    }

    /** With another time for the handshake. */
    public ListenerSettings withHandshake(Duration with) {
        return new ListenerSettings(name, listen, tls, users, allowFrom, proxyHeaderFrom, policy, limits, with);
    }
}
