package dev.sluice.bench;

import dev.sluice.core.Connection;
import dev.sluice.core.ConnectionId;
import dev.sluice.core.Destination;
import dev.sluice.core.Network;
import dev.sluice.core.Policy;
import dev.sluice.core.Scope;
import dev.sluice.core.Traffic;
import dev.sluice.net.EventLoops;
import dev.sluice.net.ReadHold;
import dev.sluice.net.ReceiveBuffer;
import dev.sluice.net.Relay;
import dev.sluice.net.RelayOptions;
import dev.sluice.net.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;

/**
 * The relay alone, without listeners, rules and logs, to measure what it costs by itself:
 * {@code RelayMain LISTEN-PORT TARGET-PORT [epoll|nio|io_uring [LOOPS [splice|copy]]]}, all on 127.0.0.1.
 */
public final class RelayMain {
    private final EventLoops loops;
    private final InetSocketAddress target;
    private final RelayOptions options;
    private final Traffic.Total total = new Traffic.Total();

    private RelayMain(EventLoops loops, InetSocketAddress target, RelayOptions options) {
        this.loops = loops;
        this.target = target;
        this.options = options;
    }

    /** See the class. */
    public static void main(String[] args) {
        Transport transport = args.length > 2 ? Transport.valueOf(args[2].toUpperCase(Locale.ROOT)) : Transport.EPOLL;
        int threads = args.length > 3 ? Integer.parseInt(args[3]) : Runtime.getRuntime().availableProcessors();
        RelayOptions defaults = RelayOptions.DEFAULT;
        RelayOptions options = new RelayOptions(defaults.idle(), defaults.write(), defaults.linger(),
                args.length <= 4 || args[4].equals("splice"));
        InetSocketAddress target = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[1]));
        new RelayMain(EventLoops.create(transport, threads), target, options).listen(Integer.parseInt(args[0]));
    }

    private void listen(int port) {
        new ServerBootstrap().channel(loops.serverSocket()).group(loops.all().getFirst().parent())
                .option(ChannelOption.SO_BACKLOG, 4096).childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true).childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel client) {
                        hold(client);
                        connect(client);
                    }
                }).bind("127.0.0.1", port).syncUninterruptibly();
    }

    private static void hold(SocketChannel channel) {
        channel.config().setRecvByteBufAllocator(new ReceiveBuffer());
        ReadHold.install(channel, 0, null);
    }

    private void connect(SocketChannel client) {
        ChannelFuture connected = new Bootstrap().group(client.eventLoop()).channel(loops.socket())
                .option(ChannelOption.AUTO_READ, false).option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .option(ChannelOption.TCP_NODELAY, true).handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        hold(channel);
                    }
                }).connect(target);
        connected.addListener(f -> {
            if (!f.isSuccess()) {
                client.close();
                return;
            }
            Scope scope = Scope.root("connection", client.eventLoop());
            Connection connection = new Connection(ConnectionId.next(), "bench", null, client.remoteAddress(),
                    Destination.of(Network.TCP, target), Policy.OPEN, scope, new Traffic(List.of(total)));
            Relay.join(connection, client, connected.channel(), options);
        });
    }
}
