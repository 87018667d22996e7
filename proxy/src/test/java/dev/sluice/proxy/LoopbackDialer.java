package dev.sluice.proxy;

import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Connection;
import dev.sluice.core.PacketChannel;
import dev.sluice.net.Dialer;
import dev.sluice.net.EventLoops;
import dev.sluice.net.ReadHold;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A dialer that does nothing but connect, and remembers what it has opened. */
final class LoopbackDialer implements Dialer {
    private final EventLoops loops;
    private final List<Channel> opened = new CopyOnWriteArrayList<>();

    LoopbackDialer(EventLoops loops) {
        this.loops = loops;
    }

    /** How many of the channels are not closed. */
    long open() {
        return opened.stream().filter(Channel::isOpen).count();
    }

    /** How many dials there were. */
    int dials() {
        return opened.size();
    }

    @Override
    public Future<Channel> connect(Connection connection) {
        Promise<Channel> promise = connection.loop().newPromise();
        Bootstrap bootstrap = new Bootstrap().group(connection.loop()).channel(loops.socket())
                .option(ChannelOption.AUTO_READ, false).option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        opened.add(channel);
                        ReadHold.install(channel, 0, null).ownedBy(connection.scope());
                    }
                });
        ChannelFuture connected = bootstrap.connect(connection.destination().toSocketAddress());
        promise.addListener(f -> {
            if (f.isCancelled()) {
                connected.channel().close();
            }
        });
        connected.addListener(f -> {
            if (f.isSuccess() && !promise.trySuccess(connected.channel())) {
                connected.channel().close();
            } else if (!f.isSuccess()) {
                promise.tryFailure(new ConnectFailedException(Failure.REFUSED, connection.destination() + " refused", f.cause()));
            }
        });
        return promise;
    }

    @Override
    public Future<PacketChannel> associate(Connection connection) {
        return connection.loop().newFailedFuture(new ConnectFailedException(Failure.NOT_SUPPORTED, "no UDP here", null));
    }
}
