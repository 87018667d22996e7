package dev.sluice.http;

import dev.sluice.core.CloseReason;
import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Connection;
import dev.sluice.core.ConnectionId;
import dev.sluice.core.Outbound;
import dev.sluice.core.PacketChannel;
import dev.sluice.core.Policy;
import dev.sluice.core.Route;
import dev.sluice.core.Scope;
import dev.sluice.core.Traffic;
import dev.sluice.net.EventLoops;
import dev.sluice.net.ReadHold;
import dev.sluice.net.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The exchange engine between real sockets: a listener, an outbound that goes to the scripted origin whatever is asked for, and a log. */
final class Proxy implements AutoCloseable {

    /** How an exchange ended. */
    record Line(String what, int status, long up, long down, CloseReason reason) {}

    final Queue<Line> log = new ConcurrentLinkedQueue<>();
    final AtomicInteger dials = new AtomicInteger();
    final HttpEngine engine;
    private final EventLoops loops = EventLoops.create(
            EventLoops.unavailable(Transport.EPOLL) == null ? Transport.EPOLL : Transport.NIO,
            1);
    private final Scope server = Scope.root("server", loops.next());
    private final Channel listener;
    private final ServerSocket origin;
    private final Outbound outbound;

    Proxy() {
        this(HttpLimits.DEFAULT, null);
    }

    Proxy(HttpLimits limits) {
        this(limits, null);
    }

    /** @param hop what is asked for plain requests through a proxy; null for none */
    Proxy(HttpLimits limits, @Nullable String hop) {
        try {
            origin = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        engine = new HttpEngine(server, limits);
        outbound = hop == null ? new ToOrigin() : new ToProxy(hop);
        ServerBootstrap bootstrap = new ServerBootstrap().group(loops.next()).channel(loops.serverSocket())
                .childOption(ChannelOption.AUTO_READ, false).childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        ReadHold.install(channel, 0, null);
                        channel.eventLoop().execute(() -> accepted(channel));
                    }
                });
        listener = bootstrap.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)).syncUninterruptibly().channel();
    }

    private void accepted(Channel channel) {
        Scope session = server.child("session", channel.eventLoop());
        session.own(reason -> channel.close());
        engine.serve(channel, session, new Handler(session));
    }

    Scope server() {
        return server;
    }

    RawPeer client() throws IOException {
        return RawPeer.connect((InetSocketAddress) listener.localAddress());
    }

    InetSocketAddress address() {
        return (InetSocketAddress) listener.localAddress();
    }

    /** The next connection that the proxy makes to the origin. */
    RawPeer origin() throws IOException {
        origin.setSoTimeout(8000);
        Socket accepted = origin.accept();
        return new RawPeer(accepted);
    }

    boolean originIsAskedWithin(int millis) throws IOException {
        origin.setSoTimeout(millis);
        try {
            origin.accept().close();
            return true;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        }
    }

    /** A URL that the origin is to be asked for. */
    String url(String path) {
        return "http://127.0.0.1:" + origin.getLocalPort() + path;
    }

    String authority() {
        return "127.0.0.1:" + origin.getLocalPort();
    }

    @Override
    public void close() {
        try {
            listener.close().syncUninterruptibly();
            server.close(CloseReason.shutdown("test")).syncUninterruptibly();
            origin.close();
            loops.close().syncUninterruptibly();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private final class Handler implements ExchangeHandler {
        private final Scope session;

        private Handler(Scope session) {
            this.session = session;
        }

        @Override
        public void request(Exchange exchange) {
            Connection connection = new Connection(ConnectionId.next(), "http", null,
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 1),
                    exchange.head().destination(), Policy.OPEN, session.child("exchange"), new Traffic(List.of()));
            exchange.forward(connection, new Route(outbound, "test"));
        }

        @Override
        public void fault(Throwable cause) {
            throw new AssertionError(cause);
        }

        @Override
        public void switched(Exchange exchange, Channel client, Channel target) {
            join(client, target);
            join(target, client);
            ReadHold.release(client, p -> {});
            ReadHold.release(target, p -> {});
            client.config().setAutoRead(true);
            target.config().setAutoRead(true);
        }

        private static void join(Channel from, Channel to) {
            from.pipeline().addLast(new io.netty.channel.ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(io.netty.channel.ChannelHandlerContext ctx, Object message) {
                    to.writeAndFlush(message);
                }

                @Override
                public void userEventTriggered(io.netty.channel.ChannelHandlerContext ctx, Object event) {
                    to.close();
                    from.close();
                }
            });
        }

        @Override
        public void ended(Exchange exchange, CloseReason reason) {
            log.add(new Line(exchange.head().summary(), exchange.status(), exchange.up(), exchange.down(), reason));
        }
    }

    private class ToOrigin implements Outbound {
        @Override
        public String name() {
            return "origin";
        }

        @Override
        public Future<Channel> connect(Connection connection) {
            dials.incrementAndGet();
            Promise<Channel> promise = connection.loop().newPromise();
            if (connection.destination().port() == 9) {
                return promise.setFailure(new ConnectFailedException(Failure.BLOCKED, "rule <3> forbids it", null));
            }
            Bootstrap bootstrap = new Bootstrap().group(connection.loop()).channel(loops.socket())
                    .option(ChannelOption.AUTO_READ, false).option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                    .option(ChannelOption.TCP_NODELAY, true)
                    .handler(new ChannelInitializer<Channel>() {
                        @Override
                        protected void initChannel(Channel channel) {
                            ReadHold.install(channel, 0, null);
                        }
                    });
            bootstrap.connect(connection.destination().toSocketAddress()).addListener((io.netty.channel.ChannelFuture f) -> {
                if (f.isSuccess()) {
                    promise.setSuccess(f.channel());
                } else {
                    promise.setFailure(new ConnectFailedException(Failure.REFUSED, "nothing listens there", f.cause()));
                }
            });
            return promise;
        }

        @Override
        public Future<PacketChannel> associate(Connection connection) {
            throw new UnsupportedOperationException();
        }
    }

    private final class ToProxy extends ToOrigin implements HttpForwarding {
        private final String authorization;

        private ToProxy(String authorization) {
            this.authorization = authorization;
        }

        @Override
        public Future<Hop> connectHop(Connection connection) {
            Promise<Hop> promise = connection.loop().newPromise();
            connect(connection.to(dev.sluice.core.Destination.parse(dev.sluice.core.Network.TCP, authority()), Policy.OPEN))
                    .addListener((Future<Channel> f) -> promise.setSuccess(Hop.toProxy(f.getNow(), authorization)));
            return promise;
        }
    }

    /** Half a second for whatever a peer is waited for within an exchange. */
    static HttpLimits impatient() {
        HttpLimits d = HttpLimits.DEFAULT;
        return new HttpLimits(d.requestLine(), d.headerSection(), d.fields(), d.headerTime(), Duration.ofMillis(500),
                Duration.ofMillis(500), d.idle(), d.write(), d.drain(), d.linger(), d.originIdle(), d.originIdlePerKey(),
                d.originIdleTotal());
    }

    static HttpLimits quick() {
        HttpLimits d = HttpLimits.DEFAULT;
        return new HttpLimits(d.requestLine(), d.headerSection(), d.fields(), Duration.ofMillis(400), d.body(), d.response(),
                Duration.ofMillis(600),
                Duration.ofSeconds(1), 64 * 1024, Duration.ofMillis(500), Duration.ofMillis(400), 4, 8);
    }
}
