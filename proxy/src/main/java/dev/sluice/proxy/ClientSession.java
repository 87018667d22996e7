package dev.sluice.proxy;

import dev.sluice.core.Connection;
import dev.sluice.core.ConnectionId;
import dev.sluice.core.ConnectionTable;
import dev.sluice.core.Destination;
import dev.sluice.core.Policy;
import dev.sluice.core.Scope;
import dev.sluice.core.Traffic;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One admitted client of an inbound, before and while it asks for things. An opaque protocol makes one {@link Connection} of it;
 * HTTP makes one for each exchange.
 *
 * <p>Its {@link #scope()} owns the client's channel. Belongs to the client's loop.
 *
 * @param inbound the inbound's name
 * @param channel the client's stream
 * @param source the client's address; behind a PROXY protocol header the one that the header gives
 * @param local the address that the client connected to
 * @param scope owns the channel and everything done for this client
 * @param users who may use the inbound
 * @param policy what its connections may do
 * @param table where connections are shown and counted
 */
public record ClientSession(String inbound, Channel channel, InetSocketAddress source, InetSocketAddress local, Scope scope,
        Users users,
        Policy policy, ConnectionTable table) {

    /** The loop of the client's channel. */
    public EventLoop loop() {
        return channel.eventLoop();
    }

    /** The one connection that this client is for (SOCKS, CONNECT, a forwarded port): it lives in the session's own scope. */
    public Connection connection(Destination destination, @Nullable String user) {
        return connection(destination, user, scope);
    }

    /** One exchange among several of this client, in a scope of its own. */
    public Connection exchange(Destination destination, @Nullable String user) {
        return connection(destination, user, scope.child("exchange"));
    }

    private Connection connection(Destination destination, @Nullable String user, Scope within) {
        Traffic traffic = table.traffic(inbound, user);
        Connection connection = new Connection(ConnectionId.next(), inbound, user, source, destination, policy, within, traffic);
        table.enter(connection);
        return connection;
    }
}
