package dev.sluice.proxy;

import dev.sluice.core.CloseReason;
import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Connection;
import dev.sluice.core.Outbound;
import dev.sluice.core.PacketChannel;
import dev.sluice.core.Scope;
import dev.sluice.net.EventLoops;
import dev.sluice.proxy.rudp.RudpRequest;
import dev.sluice.proxy.socks.SocksAddress;
import dev.sluice.proxy.upstream.FarTargets;
import dev.sluice.rudp.RudpConfig;
import dev.sluice.rudp.protocol.crypto.PublicKey;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Reaches targets through a server of reliable UDP: a stream for each TCP connection, datagrams for packets, all of them on one
 * connection for each loop. A connection that is lost is made anew with the next stream; names are resolved by the server.
 *
 * <p>Any loop; the connections are kept per loop.
 */
public final class RudpOutbound implements Outbound {

    /** Where the server is and who it is: what needs files and name lookups. Any loop; never blocks. */
    public interface Server {
        /** Its address now. */
        Future<InetSocketAddress> address(EventLoop loop);

        /** How to connect; the server's key is in it where that is known. */
        RudpConfig config();

        /** The server showed this key, and it is the first time that we see one. */
        void learned(PublicKey key);
    }

    private final String name;
    private final Map<EventLoop, RudpLink> links = new HashMap<>(); // filled once, then only read

    /**
     * An outbound whose connections live in {@code scope}.
     *
     * @param answer how long the server may take to answer a request
     */
    public RudpOutbound(String name, Server server, EventLoops loops, Scope scope, Duration answer) {
        this.name = name;
        for (EventLoop loop : loops.all()) {
            links.put(loop, new RudpLink(name, server, loops, scope.child("outbound " + name, loop), answer));
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Future<Channel> connect(Connection connection) {
        return open(connection, (link, promise) -> link.stream(connection,
                flows -> RudpRequest.connect(SocksAddress.of(connection.destination())), (opened, flows, request) -> opened,
                promise));
    }

    @Override
    public Future<PacketChannel> associate(Connection connection) {
        return open(connection, (link, promise) -> link.flow(connection, promise));
    }

    private <T> Future<T> open(Connection connection, BiConsumer<RudpLink, Promise<T>> body) {
        EventLoop loop = connection.loop();
        Promise<T> promise = loop.newPromise();
        RudpLink link = links.get(loop);
        if (!FarTargets.allowed(connection)) {
            return promise.setFailure(FarTargets.refusal(connection));
        }
        if (link == null) {
            return promise.setFailure(new ConnectFailedException(Failure.INTERNAL, "a loop of another program", null));
        }
        if (loop.inEventLoop()) {
            body.accept(link, promise);
        } else {
            loop.execute(() -> body.accept(link, promise));
        }
        return promise;
    }

    /** No new streams on the connections there are; each goes with its last one. Any thread. */
    public void retire() {
        links.forEach((loop, link) -> loop.execute(link::retire));
    }

    static ConnectFailedException lost(String name, CloseReason reason) {
        return new ConnectFailedException(Failure.UPSTREAM_UNREACHABLE, "rudp server of " + name + ": " + reason, null);
    }
}
