package dev.sluice.net;

import dev.sluice.core.Addresses;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Network;
import dev.sluice.core.Policy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Says whether an address may be dialled: the last check, on the address itself, whatever name led to it. Any thread. */
record TargetGuard(OwnAddresses own, Network network, Policy policy) {

    /** Why not; null where it may. This program's own listeners are forbidden under every policy. */
    @Nullable
    Failure refuses(InetAddress address, int port) {
        if (own.contains(network, new InetSocketAddress(address, port))) {
            return Failure.LOOP;
        }
        return !policy.allowPrivate() && Addresses.isPrivate(address) ? Failure.BLOCKED : null;
    }
}
