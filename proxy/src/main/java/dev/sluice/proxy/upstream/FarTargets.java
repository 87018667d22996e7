package dev.sluice.proxy.upstream;

import dev.sluice.core.Addresses;
import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Connection;
import dev.sluice.core.Host;
import dev.sluice.core.Policy;

/**
 * The policy for targets that another proxy dials. The address that it really dials is not ours to see; but an address that the
 * client itself names, or the name of the proxy's own machine, is refused here where it is private, so that a hop in between opens
 * no way round the policy.
 */
public final class FarTargets {
    private FarTargets() {}

    /** Whether {@code policy} lets a client ask for {@code host}. */
    public static boolean allowed(Policy policy, Host host) {
        return policy.allowPrivate() || switch (host) {
            case Host.Address a -> !Addresses.isPrivate(a.value());
            case Host.Name n -> !n.value().equals("localhost") && !n.value().endsWith(".localhost"); // RFC 6761 §6.3
        };
    }

    /** Whether the policy of {@code connection} lets its client ask for its destination. */
    public static boolean allowed(Connection connection) {
        return allowed(connection.policy(), connection.destination().host());
    }

    /** What the client is told where it does not. */
    public static ConnectFailedException refusal(Connection connection) {
        return new ConnectFailedException(Failure.BLOCKED, connection.destination().host() + " is a private address", null);
    }
}
