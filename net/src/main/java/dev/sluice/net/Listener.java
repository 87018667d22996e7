package dev.sluice.net;

import dev.sluice.core.CloseReason;
import dev.sluice.core.Network;
import dev.sluice.core.Scope;
import dev.sluice.core.ScopeClosedException;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Accepts TCP connections on one address and spreads them over the event loops.
 *
 * <p>One socket on one loop accepts; a connection goes to the loop that has fewest of them, and stays where no other has fewer. A
 * socket with {@code SO_REUSEPORT} on every loop would save the hand-over, but it spreads few connections badly, resets what waits
 * in its queue when it is closed, and lets a second program take the same port without anybody noticing.
 *
 * <p><b>Scopes.</b> The listener's scope has one child for each loop, and these have one child for each connection, which so
 * joins and leaves on its own loop. When draining begins the listener closes its socket, and its scope closes with the last
 * connection.
 *
 * <p>Belongs to the loop that accepts; {@link Handler} is called on the loop of each connection.
 */
public final class Listener {
    /** The kernel cuts it to {@code net.core.somaxconn}. */
    private static final int BACKLOG = 4096;

    /** Gets what was accepted. */
    @FunctionalInterface
    public interface Handler {
        /**
         * A client has connected. Called on the channel's loop; an exception closes this connection only.
         *
         * @param channel active (its handlers get no {@code channelActive}), auto-read off, half-closure allowed; without any
         *     handler
         * @param scope the connection's own, on the channel's loop; it owns the channel. Whoever handles the connection closes it:
         *     the end of the channel alone does not, because bytes may still be on their way elsewhere
         */
        void accepted(Channel channel, Scope scope);
    }

    private final InetSocketAddress address;
    private final Scope scope;

    private Listener(InetSocketAddress address, Scope scope) {
        this.address = address;
        this.scope = scope;
    }

    /**
     * Binds, and accepts from then on. Any thread.
     *
     * @param own learns the address while it is listened on
     * @param owner gets a child that owns the listener and its connections
     * @param address a resolved address; port 0 lets the system choose
     * @return fails with a {@link java.net.BindException} whose message names the address and the cause
     */
    public static Future<Listener> bind(EventLoops loops, OwnAddresses own, Scope owner, InetSocketAddress address,
            Handler handler) {
        EventLoop loop = loops.next();
        Promise<Listener> bound = loop.newPromise();
        Scope scope = owner.child("listener " + BindFailures.print(address), loop);
        Map<EventLoop, Scope> scopes = new HashMap<>();
        for (EventLoop each : loops.all()) {
            scopes.put(each, scope.child("connections", each));
        }
        new Bootstrap().group(loop).channel(loops.serverSocket()).option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .handler(new Acceptor(LoopLoad.of(loops, loop), each -> Objects.requireNonNull(scopes.get(each)), handler))
                .bind(address)
                .addListener((ChannelFuture f) -> {
                    if (f.isSuccess()) {
                        opened(f.channel(), own, scope, scopes, bound);
                    } else {
                        scope.close(CloseReason.shutdown("not bound"));
                        bound.setFailure(BindFailures.explain(address, f.cause()));
                    }
                });
        return bound;
    }

    private static void opened(Channel channel, OwnAddresses own, Scope scope, Map<EventLoop, Scope> scopes,
            Promise<Listener> bound) {
        InetSocketAddress address = (InetSocketAddress) channel.localAddress();
        own.add(Network.TCP, address);
        channel.closeFuture().addListener(f -> own.remove(Network.TCP, address));
        scope.own(why -> channel.close()); // the newest of the scope: it stops accepting before connections are closed
        scope.onDrain(() -> channel.close().addListener(f -> {
            scopes.values().forEach(Scope::closeWhenEmpty);
            scope.closeWhenEmpty();
        }));
        CloseReason gone = scope.reason();
        if (gone != null) {
            bound.setFailure(new ScopeClosedException(gone));
        } else {
            bound.setSuccess(new Listener(address, scope));
        }
    }

    /** The address that is listened on, with the port that the system chose. */
    public InetSocketAddress address() {
        return address;
    }

    /** Closing it closes the listener and its connections. */
    public Scope scope() {
        return scope;
    }
}
