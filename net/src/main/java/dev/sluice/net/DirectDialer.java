package dev.sluice.net;

import dev.sluice.core.Connection;
import dev.sluice.core.PacketChannel;
import dev.sluice.core.Scope;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;

/**
 * The {@link Dialer} that opens sockets of this machine.
 *
 * <p>Any loop; what it keeps (resolvers and their caches) it keeps per loop.
 */
public final class DirectDialer implements Dialer {

    /**
     * A dialer whose resolvers live as long as {@code owner}.
     *
     * @param own what must not be dialled
     */
    public DirectDialer(EventLoops loops, OwnAddresses own, Scope owner, DialOptions options, DialObserver observer) {}

    @Override
    public Future<Channel> connect(Connection connection) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Future<PacketChannel> associate(Connection connection) {
        throw new UnsupportedOperationException();
    }
}
