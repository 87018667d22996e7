package dev.sluice.proxy;

import dev.sluice.core.Policy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * Nobody runs an open proxy by accident: the rules for listeners by their address, as pure functions for whoever reads a
 * configuration.
 */
public final class OpenProxyCheck {
    private OpenProxyCheck() {}

    /**
     * Whether a {@code mixed}, {@code http} or {@code socks} listener would serve everybody: it listens beyond this machine, asks
     * for no password and has no {@code allow-from}.
     *
     * @return what is wrong and what would be right; empty where nothing is
     */
    public static Optional<String> fault(InetSocketAddress listen, boolean usersRequired, AccessList allowFrom) {
        if (isLocal(listen) || usersRequired || !allowFrom.isAny()) {
            return Optional.empty();
        }
        return Optional.of(listen.getHostString() + ":" + listen.getPort()
                + " would be an open proxy for everybody who reaches it: give it users, or allow-from, or listen on 127.0.0.1");
    }

    /**
     * What connections of a listener may do: everything where only this machine reaches it, public targets where others do.
     *
     * @param allowPrivate what the operator wrote: {@code true} opens private addresses
     * @param bytesPerSecond limit of each direction of each connection, 0 for none
     */
    public static Policy policy(InetSocketAddress listen, boolean allowPrivate, long bytesPerSecond) {
        return new Policy(allowPrivate || isLocal(listen), bytesPerSecond);
    }

    private static boolean isLocal(InetSocketAddress listen) {
        InetAddress address = listen.getAddress();
        return address != null && address.isLoopbackAddress();
    }
}
