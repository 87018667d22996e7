package dev.sluice.anytls;

import dev.sluice.anytls.AnyTlsUsers.User;
import dev.sluice.core.AccessLog;
import dev.sluice.core.CloseReason;
import dev.sluice.core.Connection;
import dev.sluice.core.ConnectionTable;
import dev.sluice.core.Outbound;
import dev.sluice.core.PacketChannel;
import dev.sluice.core.Policy;
import dev.sluice.core.Route;
import dev.sluice.core.RuleRouter;
import dev.sluice.core.Scope;
import dev.sluice.net.DialObserver;
import dev.sluice.net.DialOptions;
import dev.sluice.net.DirectDialer;
import dev.sluice.net.Dispatcher;
import dev.sluice.net.EventLoops;
import dev.sluice.net.OwnAddresses;
import dev.sluice.net.RelayOptions;
import dev.sluice.net.ServerTls;
import dev.sluice.proxy.DirectOutbound;
import dev.sluice.proxy.InboundContext;
import dev.sluice.proxy.InboundObserver;
import dev.sluice.proxy.ListenerInbound;
import dev.sluice.proxy.ListenerSettings;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** An AnyTLS inbound over a direct outbound, with what was observed and logged. The user alice has the password "password". */
final class ServerBed implements AutoCloseable {
    static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    final EventLoops loops = EventLoops.create(EventLoops.create().transport(), 2);
    final Scope root = Scope.root("test", loops.next());
    final Counts counts = new Counts();
    final List<AccessLog.Ended> ended = new CopyOnWriteArrayList<>();
    final ConnectionTable table = new ConnectionTable();
    final OwnAddresses own = new OwnAddresses();
    final AnyTlsUsers users = new AnyTlsUsers(List.of(User.of("alice", "password"), User.of("bob", "letmein")));
    final Outbound direct = new DirectOutbound("direct",
            new DirectDialer(loops, own, root, DialOptions.DEFAULT, DialObserver.NONE));
    /** What is done instead of dialling; null to dial. */
    final AtomicReference<@Nullable Function<Connection, Future<Channel>>> connect = new AtomicReference<>();
    final InboundContext context;
    AnyTlsServerOptions options = AnyTlsServerOptions.DEFAULT;
    Policy policy = Policy.OPEN;

    /** What was observed, by its label. */
    static final class Counts implements InboundObserver, AnyTlsObserver {
        private final Map<String, AtomicInteger> counts = new ConcurrentHashMap<>();

        void add(String what, int n) {
            counts.computeIfAbsent(what, w -> new AtomicInteger()).addAndGet(n);
        }

        int count(String what) {
            AtomicInteger count = counts.get(what);
            return count == null ? 0 : count.get();
        }

        @Override
        public void refused(String inbound, Refusal cause) {
            add(cause.label(), 1);
        }

        @Override
        public void dropped(String inbound, PacketDrop cause) {
            add(cause.label(), 1);
        }

        @Override
        public void sessionBegan(String inbound) {
            add("sessions", 1);
        }

        @Override
        public void sessionEnded(String inbound) {
            add("sessions", -1);
        }

        @Override
        public void streamBegan(String inbound) {
            add("streams", 1);
        }

        @Override
        public void streamEnded(String inbound) {
            add("streams", -1);
        }

        @Override
        public void answered(String inbound, Duration took) {
            add("answered", 1);
        }

        @Override
        public void refused(String inbound, AuthFailure cause) {
            add("auth-" + cause.label(), 1);
        }

        @Override
        public void fellBack(String inbound) {
            add("fallback", 1);
        }

        @Override
        public void odd(String name, String anomaly) {
            add(anomaly, 1);
        }

        @Override
        public String toString() {
            return counts.toString();
        }
    }

    ServerBed() {
        Outbound outbound = new Outbound() {
            @Override
            public String name() {
                return "scripted";
            }

            @Override
            public Future<Channel> connect(Connection connection) {
                Function<Connection, Future<Channel>> instead = connect.get();
                return instead == null ? direct.connect(connection) : instead.apply(connection);
            }

            @Override
            public Future<PacketChannel> associate(Connection connection) {
                return direct.associate(connection);
            }
        };
        AccessLog log = new AccessLog() {
            @Override
            public void established(Connection connection, Route route) {
                counts.add("established", 1);
            }

            @Override
            public void refused(AccessLog.Refused one) {}

            @Override
            public void ended(Ended line) {
                ended.add(line);
            }
        };
        context = new InboundContext(loops, own,
                new Dispatcher(new RuleRouter(List.of(), outbound), table, log, RelayOptions.DEFAULT), table, counts);
    }

    /** Starts one that speaks no TLS. */
    InetSocketAddress start() {
        return start(null);
    }

    InetSocketAddress start(@Nullable ServerTls tls) {
        ListenerSettings settings = ListenerSettings.of("in", new InetSocketAddress(LOOPBACK, 0), policy).withTls(tls)
                .withUsers(users);
        return new ListenerInbound(settings, new AnyTlsProtocol(context, users, options, counts), context).start(root)
                .syncUninterruptibly().getNow().getFirst();
    }

    /** From now on no target answers. */
    void blackHole() {
        connect.set(connection -> {
            io.netty.util.concurrent.Promise<Channel> never = connection.loop().newPromise();
            connection.scope().closing().addListener(f -> {
                counts.add("dial-cancelled", 1);
                never.tryFailure(new java.io.IOException("cancelled"));
            });
            return never;
        });
    }

    @Override
    public void close() {
        root.close(CloseReason.shutdown("test over")).syncUninterruptibly();
        loops.close().syncUninterruptibly();
    }

    /** A TCP server that does {@code each} with every client, on a thread of its own. */
    static final class Target implements AutoCloseable {
        private final ServerSocket server;
        private final List<Socket> accepted = new CopyOnWriteArrayList<>();

        /** What is done with a client. */
        interface Service {
            void serve(Socket socket) throws IOException;
        }

        Target(Service each) {
            try {
                server = new ServerSocket(0, 500, LOOPBACK);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            Thread.ofVirtual().start(() -> accept(each));
        }

        static Target echo() {
            return new Target(socket -> socket.getInputStream().transferTo(socket.getOutputStream()));
        }

        private void accept(Service each) {
            try {
                while (true) {
                    Socket socket = server.accept();
                    accepted.add(socket);
                    Thread.ofVirtual().start(() -> {
                        try (socket) {
                            each.serve(socket);
                        } catch (IOException e) {
                            // The other side reset it: some tests do.
                        }
                    });
                }
            } catch (IOException e) {
                // closed
            }
        }

        int port() {
            return server.getLocalPort();
        }

        int clients() {
            return accepted.size();
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
