package dev.sluice.anytls;

import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Connection;
import dev.sluice.core.Outbound;
import dev.sluice.core.PacketChannel;
import dev.sluice.net.EventLoops;
import dev.sluice.net.ReadHold;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;

/** Connects, and does nothing else. */
record LoopbackOutbound(EventLoops loops) implements Outbound {

    @Override
    public String name() {
        return "loopback";
    }

    @Override
    public Future<Channel> connect(Connection connection) {
        Promise<Channel> promise = connection.loop().newPromise();
        ChannelFuture connected = new Bootstrap().group(connection.loop()).channel(loops.socket())
                .option(ChannelOption.AUTO_READ, false).option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .option(ChannelOption.TCP_NODELAY, true).handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        ReadHold.install(channel, 0, null).ownedBy(connection.scope());
                    }
                }).connect(connection.destination().toSocketAddress());
        connected.addListener(f -> {
            if (!f.isSuccess()) {
                promise.tryFailure(new ConnectFailedException(Failure.REFUSED, "refused", f.cause()));
            } else if (!promise.trySuccess(connected.channel())) {
                connected.channel().close();
            }
        });
        return promise;
    }

    @Override
    public Future<PacketChannel> associate(Connection connection) {
        return connection.loop().newFailedFuture(new ConnectFailedException(Failure.NOT_SUPPORTED, "no packets", null));
    }
}
