package dev.sluice.proxy;

import dev.sluice.core.AccessLog;
import dev.sluice.core.CloseReason;
import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Connection;
import dev.sluice.core.ConnectionTable;
import dev.sluice.core.Outbound;
import dev.sluice.core.PacketChannel;
import dev.sluice.core.Policy;
import dev.sluice.core.Route;
import dev.sluice.core.Router;
import dev.sluice.core.Scope;
import dev.sluice.net.Dispatcher;
import dev.sluice.net.EventLoops;
import dev.sluice.net.OwnAddresses;
import dev.sluice.net.ReadHold;
import dev.sluice.net.RelayOptions;
import dev.sluice.net.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/**
 * Everything around an inbound: loops, a dispatcher with one scripted outbound, and lists of what was observed and logged. The
 * outbound sends every name to the loopback address; a test may make it fail or never answer.
 */
final class InboundRig implements Closeable {
    static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    final EventLoops loops;
    final Scope root;
    final Counts counts = new Counts();
    final List<AccessLog.Ended> ended = new CopyOnWriteArrayList<>();
    final List<AccessLog.Refused> refused = new CopyOnWriteArrayList<>();
    final List<Connection> dialled = new CopyOnWriteArrayList<>();
    final ConnectionTable table = new ConnectionTable();
    final AtomicReference<Function<Connection, Future<Channel>>> connect = new AtomicReference<>(this::connectToLoopback);
    final AtomicReference<Function<Connection, Future<PacketChannel>>> associate = new AtomicReference<>(
            c -> c.loop().newFailedFuture(new ConnectFailedException(Failure.NOT_SUPPORTED, "no UDP here", null)));
    final AtomicReference<Boolean> wantsName = new AtomicReference<>(false);
    final InboundContext context;

    /** What was observed, by its label. */
    static final class Counts implements InboundObserver {
        private final Map<String, AtomicInteger> counts = new ConcurrentHashMap<>();

        private void count(String what) {
            counts.computeIfAbsent(what, w -> new AtomicInteger()).incrementAndGet();
        }

        int of(String what) {
            AtomicInteger count = counts.get(what);
            return count == null ? 0 : count.get();
        }

        @Override
        public void accepted(String inbound) {
            count("accepted");
        }

        @Override
        public void refused(String inbound, Refusal cause) {
            count(cause.label());
        }

        @Override
        public void handshake(String inbound, Duration duration) {
            count("handshake");
        }

        @Override
        public void dropped(String inbound, PacketDrop cause) {
            count(cause.label());
        }

        @Override
        public void flowBegan(String inbound) {
            count("flow-began");
        }

        @Override
        public void flowEnded(String inbound) {
            count("flow-ended");
        }

        @Override
        public void flowEvicted(String inbound) {
            count("flow-evicted");
        }

        @Override
        public String toString() {
            return counts.toString();
        }
    }

    /** On the default transport of this machine. */
    InboundRig() {
        this(EventLoops.unavailable(Transport.EPOLL) == null ? Transport.EPOLL : Transport.NIO);
    }

    InboundRig(Transport transport) {
        loops = EventLoops.create(transport, 2);
        root = Scope.root("test", loops.next());
        Outbound outbound = new Outbound() {
            @Override
            public String name() {
                return "scripted";
            }

            @Override
            public Future<Channel> connect(Connection connection) {
                dialled.add(connection);
                return connect.get().apply(connection);
            }

            @Override
            public Future<PacketChannel> associate(Connection connection) {
                dialled.add(connection);
                return associate.get().apply(connection);
            }
        };
        Router router = new Router() {
            @Override
            public Route route(Connection connection) {
                return new Route(outbound, "default");
            }

            @Override
            public boolean wantsName(Connection connection) {
                return wantsName.get();
            }
        };
        AccessLog log = new AccessLog() {
            @Override
            public void established(Connection connection, Route route) {
                counts.count("established");
            }

            @Override
            public void ended(Ended line) {
                ended.add(line);
            }

            @Override
            public void refused(Refused line) {
                refused.add(line);
            }
        };
        Dispatcher dispatcher = new Dispatcher(router, table, log, RelayOptions.DEFAULT);
        context = new InboundContext(loops, new OwnAddresses(), dispatcher, table, counts);
    }

    private Future<Channel> connectToLoopback(Connection connection) {
        Promise<Channel> promise = connection.loop().newPromise();
        InetSocketAddress target = new InetSocketAddress(Objects.requireNonNullElse(connection.destination().address(), LOOPBACK),
                connection.destination().port());
        new Bootstrap().group(connection.loop()).channel(loops.socket()).option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.ALLOW_HALF_CLOSURE, true).handler(new ChannelInboundHandlerAdapter()).connect(target)
                .addListener((ChannelFuture f) -> {
                    if (f.isSuccess()) {
                        ReadHold.install(f.channel(), 0, null).ownedBy(connection.scope());
                        promise.setSuccess(f.channel());
                    } else {
                        promise.setFailure(new ConnectFailedException(Failure.REFUSED, "refused", f.cause()));
                    }
                });
        return promise;
    }

    /** From now on no target answers; the dials are seen in {@link #dialled}. */
    void blackHole() {
        connect.set(connection -> {
            Promise<Channel> never = connection.loop().newPromise();
            connection.scope().closing().addListener((Future<CloseReason> f) -> {
                counts.count("dial-cancelled");
                never.tryFailure(new ConnectFailedException(Failure.CANCELLED, "cancelled", null));
            });
            return never;
        });
    }

    void fail(Failure failure) {
        connect.set(c -> c.loop().newFailedFuture(new ConnectFailedException(failure, "scripted", null)));
    }

    static ListenerSettings settings() {
        return ListenerSettings.of("test", new InetSocketAddress(LOOPBACK, 0), Policy.OPEN);
    }

    InetSocketAddress start(ListenerSettings settings, ClientProtocol protocol) {
        return new ListenerInbound(settings, protocol, context).start(root).syncUninterruptibly().getNow().getFirst();
    }

    InetSocketAddress socks(ListenerSettings settings) {
        return start(settings, new SocksProtocol(context, SocksOptions.DEFAULT));
    }

    @Override
    public void close() {
        root.close(CloseReason.shutdown("test over")).syncUninterruptibly();
        loops.close().syncUninterruptibly();
    }

    /** A server that sends back what it gets, half-close included; it counts what it has accepted. */
    static final class Echo implements Closeable {
        final ServerSocket server;
        final List<Socket> accepted = new CopyOnWriteArrayList<>();

        Echo() {
            try {
                server = new ServerSocket(0, 50, LOOPBACK);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            Thread.ofVirtual().start(this::accept);
        }

        int port() {
            return server.getLocalPort();
        }

        private void accept() {
            try {
                while (true) {
                    Socket socket = server.accept();
                    accepted.add(socket);
                    Thread.ofVirtual().start(() -> {
                        try (socket) {
                            socket.getInputStream().transferTo(socket.getOutputStream());
                        } catch (IOException e) {
                            // The client reset it: some tests do.
                        }
                    });
                }
            } catch (IOException e) {
                // closed
            }
        }

        @Override
        public void close() throws IOException {
            server.close();
            for (Socket socket : accepted) {
                socket.close();
            }
        }
    }
}
