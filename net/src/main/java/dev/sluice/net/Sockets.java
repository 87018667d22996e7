package dev.sluice.net;

import dev.sluice.net.dial.Family;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollChannelOption;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Makes the TCP sockets that go out. Immutable; any loop. */
final class Sockets {
    private final Bootstrap template;
    private final DialOptions options;

    Sockets(EventLoops loops, DialOptions options) {
        this.options = options;
        this.template = new Bootstrap().channel(loops.socket()).handler(new Held())
                // The race has its own clock.
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0);
        if (loops.transport() == Transport.EPOLL && (options.source4() != null || options.source6() != null)) {
            // Choose the port at connect, when the target is known: else there are only 28,000 for all targets.
            template.option(EpollChannelOption.IP_BIND_ADDRESS_NO_PORT, true);
        }
    }

    /** A new socket, registered but not connected, with a hold and auto-read off. */
    ChannelFuture register(EventLoop loop) {
        return template.clone(loop).register();
    }

    /** Connects, from the source address of the target's family where one is configured. On the channel's loop. */
    ChannelFuture connect(Channel channel, InetSocketAddress target) {
        InetAddress source = source(target.getAddress());
        return source == null ? channel.connect(target) : channel.connect(target, new InetSocketAddress(source, 0));
    }

    private @Nullable InetAddress source(InetAddress target) {
        return Family.of(target) == Family.IPV6 ? options.source6() : options.source4();
    }

    @ChannelHandler.Sharable
    private static final class Held extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel channel) {
            SocketOptions.apply(channel);
            ReadHold.install(channel, 0, null);
        }
    }
}
