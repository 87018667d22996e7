package dev.sluice.net;

import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The addresses that this program listens on, so that no proxy connects to itself or to the admin port. Any thread; an immutable
 * snapshot swapped whole.
 */
public final class OwnAddresses {
    private final AtomicReference<java.util.List<InetSocketAddress>> listening = new AtomicReference<>(java.util.List.of());

    /** A listener is bound. */
    public void add(InetSocketAddress address) {
        listening.updateAndGet(old -> {
            java.util.List<InetSocketAddress> more = new java.util.ArrayList<>(old);
            more.add(address);
            return java.util.List.copyOf(more);
        });
    }

    /** A listener is gone. */
    public void remove(InetSocketAddress address) {
        listening.updateAndGet(old -> {
            java.util.List<InetSocketAddress> fewer = new java.util.ArrayList<>(old);
            fewer.remove(address);
            return java.util.List.copyOf(fewer);
        });
    }

    /** Whether a connection to {@code target} would come back to this program: a listener on that port, on that address or on a
     *  wildcard where the address is one of this machine's. */
    public boolean contains(InetSocketAddress target) {
        throw new UnsupportedOperationException();
    }
}
