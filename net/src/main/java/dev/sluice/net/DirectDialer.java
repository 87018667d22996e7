package dev.sluice.net;

import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Connection;
import dev.sluice.core.PacketChannel;
import dev.sluice.core.Scope;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.resolver.DefaultHostsFileEntriesResolver;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * The {@link Dialer} that opens sockets of this machine: names by the hosts file and DNS, addresses in the order of RFC 8305.
 *
 * <p>Any loop; what it keeps (resolvers and their caches) it keeps per loop.
 */
public final class DirectDialer implements Dialer {
    private final EventLoops loops;
    private final OwnAddresses own;
    private final DialOptions options;
    private final DialObserver observer;
    private final Sockets sockets;
    private final Map<EventLoop, NameResolver> resolvers = new HashMap<>(); // filled once, then only read

    /**
     * A dialer whose resolvers live as long as {@code owner}. Reads the hosts file: not on a loop.
     *
     * @param own what must not be dialled
     */
    public DirectDialer(EventLoops loops, OwnAddresses own, Scope owner, DialOptions options, DialObserver observer) {
        this(loops, own, owner, options, observer, hostsFile());
    }

    DirectDialer(EventLoops loops, OwnAddresses own, Scope owner, DialOptions options, DialObserver observer,
            Function<String, List<InetAddress>> hosts) {
        this.loops = loops;
        this.own = own;
        this.options = options;
        this.observer = observer;
        this.sockets = new Sockets(loops, options);
        for (EventLoop loop : loops.all()) {
            NameResolver resolver = new NameResolver(loops, loop, options, hosts, observer);
            resolvers.put(loop, resolver);
            owner.own(why -> loop.submit(resolver::close));
        }
    }

    private static Function<String, List<InetAddress>> hostsFile() {
        DefaultHostsFileEntriesResolver file = new DefaultHostsFileEntriesResolver();
        return name -> {
            List<InetAddress> written = file.addresses(name, ResolvedAddressTypes.IPV6_PREFERRED);
            return written == null ? List.of() : written;
        };
    }

    @Override
    public Future<Channel> connect(Connection connection) {
        Promise<Channel> promise = connection.loop().newPromise();
        on(connection.loop(), promise,
                () -> new Dial(connection, sockets, resolver(connection.loop()), own, options, observer, promise).start());
        return promise;
    }

    @Override
    public Future<PacketChannel> associate(Connection connection) {
        Promise<PacketChannel> promise = connection.loop().newPromise();
        on(connection.loop(), promise,
                () -> UdpFlow.open(loops, connection, resolver(connection.loop()), own, options, promise));
        return promise;
    }

    private NameResolver resolver(EventLoop loop) {
        return Objects.requireNonNull(resolvers.get(loop), "a loop of other EventLoops");
    }

    private static void on(EventLoop loop, Promise<?> promise, Runnable task) {
        if (!loop.inEventLoop()) {
            loop.execute(() -> on(loop, promise, task));
            return;
        }
        try {
            task.run();
        } catch (RuntimeException e) { // a fault of ours: the caller must hear of it, or it waits for ever
            promise.tryFailure(new ConnectFailedException(Failure.INTERNAL, "dialling failed: " + e, e));
        }
    }
}
