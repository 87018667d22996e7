package dev.sluice.testkit;

import dev.sluice.net.EventLoops;
import dev.sluice.net.ReadHold;
import dev.sluice.net.SocketOptions;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;

/**
 * Two channels that are joined, as the product hands them over: auto-read off, half-closure allowed, a {@link ReadHold} at the end of
 * each pipeline.
 *
 * @param a the dialled end
 * @param b the accepted end
 */
public record ChannelPair(Channel a, Channel b) {

    /** A TCP connection over loopback. Call off the loops. */
    public static ChannelPair tcp(EventLoops loops) {
        CompletableFuture<Channel> accepted = new CompletableFuture<>();
        ChannelInitializer<Channel> accept = new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                SocketOptions.apply(channel);
                ReadHold.install(channel, 0, null);
                accepted.complete(channel);
            }
        };
        ChannelInitializer<Channel> hold = new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                SocketOptions.apply(channel);
                ReadHold.install(channel, 0, null);
            }
        };
        Channel listener = new ServerBootstrap().group(loops.next(), loops.next()).channel(loops.serverSocket())
                .childOption(ChannelOption.AUTO_READ, false).childHandler(accept).bind("127.0.0.1", 0).syncUninterruptibly()
                .channel();
        int port = ((InetSocketAddress) listener.localAddress()).getPort();
        Channel dialled = new Bootstrap().group(loops.next()).channel(loops.socket()).option(ChannelOption.AUTO_READ, false)
                .handler(hold)
                .connect("127.0.0.1", port).syncUninterruptibly().channel();
        Channel other = accepted.join();
        listener.close().syncUninterruptibly();
        return new ChannelPair(dialled, other);
    }

    /** A pair in memory, its ends on two loops where there are two. */
    public static ChannelPair memory(EventLoops loops, boolean carriesHalfClose) {
        MemoryStream.Pair pair = MemoryStream.pair(loops.next(), loops.next(), MemoryStream.CAPACITY, carriesHalfClose);
        return new ChannelPair(pair.a(), pair.b());
    }
}
