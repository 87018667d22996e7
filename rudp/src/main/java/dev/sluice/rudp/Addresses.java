package dev.sluice.rudp;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/** Looks at addresses that callers give, before anything is done with them. */
final class Addresses {
    private Addresses() {}

    /** Why a peer cannot be at {@code address}; null where it may. */
    static @Nullable IOException fault(InetSocketAddress address) {
        if (address.isUnresolved()) {
            return new UnknownHostException("no address is known for the host " + address.getHostString());
        }
        return address.getPort() == 0 ? new NoRouteToHostException("nobody can be reached at port 0") : null;
    }
}
