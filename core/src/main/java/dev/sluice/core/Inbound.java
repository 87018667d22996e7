package dev.sluice.core;

import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * Who listens: accepts clients, learns from each what it wants, and hands a {@link Connection} with its byte stream to the path.
 *
 * <p>An inbound is started once, below a scope; closing that scope stops it. Any thread may call its methods.
 */
public interface Inbound {

    /** The name by which rules, counters and logs know it. */
    String name();

    /**
     * Starts to listen.
     *
     * @param server the scope that owns the listener, its sessions and its connections
     * @return the addresses that are listened on, done once all are bound; fails with a {@code BindException} that names the
     *     address
     */
    Future<List<InetSocketAddress>> start(Scope server);
}
