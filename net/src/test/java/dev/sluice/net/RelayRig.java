package dev.sluice.net;

import dev.sluice.core.Connection;
import dev.sluice.core.ConnectionId;
import dev.sluice.core.Destination;
import dev.sluice.core.Network;
import dev.sluice.core.Policy;
import dev.sluice.core.Scope;
import dev.sluice.core.Traffic;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/** A relay between plain blocking sockets: what the client and the target see is written by the test. */
final class RelayRig implements AutoCloseable {
    final EventLoops loops;
    final ServerSocket target;
    private final Channel listener;
    private final BlockingQueue<Running> running = new LinkedBlockingQueue<>();
    private volatile RelayOptions options = RelayOptions.DEFAULT;
    private volatile boolean crossing;
    private volatile BiConsumer<Channel, Channel> prepare = (client, server) -> {};

    /** A relay at work, and its two ends. */
    record Open(Socket client, Socket target, Running relay) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            client.close();
            target.close();
        }

        /** Closes so that the other side sees a reset. */
        static void reset(Socket socket) throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }
    }

    /** The inside of a relay. */
    record Running(Connection connection, Channel client, Channel server, io.netty.util.concurrent.Future<RelayResult> done) {
        RelayResult result() throws Exception {
            return done.get(30, TimeUnit.SECONDS);
        }
    }

    RelayRig(Transport transport, RelayOptions options) throws Exception {
        this(transport, options, 2);
    }

    RelayRig(Transport transport, RelayOptions options, int threads) throws Exception {
        this.options = options;
        loops = EventLoops.create(transport, threads);
        target = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
        ServerBootstrap bootstrap = new ServerBootstrap().channel(loops.serverSocket()).group(loops.all().getFirst())
                .childOption(ChannelOption.AUTO_READ, false).childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(ChannelOption.TCP_NODELAY, true).option(ChannelOption.SO_BACKLOG, 1024)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.config().setRecvByteBufAllocator(new ReceiveBuffer());
                        ReadHold.install(channel, 0, null);
                        connect(channel);
                    }
                });
        listener = bootstrap.bind(InetAddress.getLoopbackAddress(), 0).sync().channel();
    }

    RelayRig preparing(BiConsumer<Channel, Channel> with) {
        prepare = with;
        return this;
    }

    /** Targets live on another loop than their clients. */
    RelayRig crossing() {
        crossing = true;
        return this;
    }

    private void connect(SocketChannel client) {
        EventLoop loop = client.eventLoop();
        EventLoop farLoop = loops.all().stream().filter(other -> crossing != other.equals(loop)).findFirst().orElseThrow();
        ChannelFuture connect = new Bootstrap().group(farLoop).channel(loops.socket()).option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.ALLOW_HALF_CLOSURE, true).option(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.config().setRecvByteBufAllocator(new ReceiveBuffer());
                        ReadHold.install(channel, 0, null);
                    }
                }).connect(target.getLocalSocketAddress());
        connect.addListener(f -> loop.execute(() -> {
            Channel server = connect.channel();
            prepare.accept(client, server);
            Scope scope = Scope.root("connection", loop);
            Connection connection = new Connection(ConnectionId.next(), "test", null, client.remoteAddress(),
                    Destination.of(Network.TCP, (InetSocketAddress) target.getLocalSocketAddress()), Policy.OPEN, scope,
                    new Traffic(List.of()));
            running.add(new Running(connection, client, server, Relay.join(connection, client, server, options)));
        }));
    }

    InetSocketAddress address() {
        return (InetSocketAddress) listener.localAddress();
    }

    /** One more relay. Not for use by two threads at once. */
    Open open() throws Exception {
        Socket client = new Socket();
        client.connect(address());
        return accept(client);
    }

    /** The relay of a client that has connected to {@link #address()} already. */
    Open accept(Socket client) throws Exception {
        Socket accepted = target.accept();
        Running relay = running.poll(10, TimeUnit.SECONDS);
        if (relay == null) {
            throw new IllegalStateException("no relay came up");
        }
        client.setSoTimeout(20_000);
        accepted.setSoTimeout(20_000);
        return new Open(client, accepted, relay);
    }

    @Override
    public void close() throws Exception {
        target.close();
        listener.close().sync();
        loops.close().sync();
    }
}
