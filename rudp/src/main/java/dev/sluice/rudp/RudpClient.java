package dev.sluice.rudp;

import dev.sluice.core.CloseReason;
import dev.sluice.core.Scope;
import dev.sluice.core.WithCloseReason;
import dev.sluice.net.EventLoops;
import dev.sluice.net.Transport;
import dev.sluice.rudp.channel.Endpoint;
import dev.sluice.rudp.protocol.NoiseHandshakes;
import dev.sluice.rudp.protocol.crypto.PublicKey;
import dev.sluice.rudp.protocol.crypto.StaticKey;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Opens connections of reliable UDP. Any thread. */
public final class RudpClient {
    private static final CloseReason NOBODY_WANTS_IT = CloseReason.cancelled("nobody wants it any more");

    private RudpClient() {}

    /** How a client knows the server: beforehand, from an earlier time, or not at all. */
    private record Identity(StaticKey self, @Nullable PublicKey server, boolean beforehand) {
        NoiseHandshakes handshakes(RudpConfig config) {
            return beforehand && server != null
                    ? NoiseHandshakes.known(config.cipher(), self, server, config.secret())
                    : NoiseHandshakes.unknown(config.cipher(), self, server, config.secret());
        }
    }

    /**
     * Connects, on an event loop of its own that ends with the connection. Waits until the server is authenticated; with
     * {@link RudpConfig#earlyData} and a known server key it does not wait. Not on an event loop.
     *
     * <p>Whatever it throws, and where the thread is interrupted, nothing is left open.
     *
     * @throws IOException in one readable line: no such host, no way there, nobody there within {@link RudpConfig#handshakeTimeout},
     *         another secret, another key, or a file that cannot be read or written
     */
    public static RudpConnection connect(InetSocketAddress address, RudpConfig config) throws IOException {
        Path keyFile = config.keyFile();
        Path known = config.knownServers();
        StaticKey key = config.key();
        StaticKey self = key != null ? key : keyFile != null ? KeyFile.read(keyFile) : StaticKey.generate();
        PublicKey server = config.serverKey();
        PublicKey pinned = server == null && known != null ? KnownServers.find(known, address) : null;
        Identity identity = new Identity(self, server != null ? server : pinned, server != null);
        EventLoops loops = EventLoops.create(EventLoops.unavailable(Transport.EPOLL) == null ? Transport.EPOLL : Transport.NIO,
                1);
        RudpConnection connection = null;
        boolean connected = false;
        try {
            EventLoop loop = loops.next();
            connection = Blocking.await(loop, begin(loops, loop, address, config, identity));
            connection.closed().addListener(f -> loops.close());
            if (server == null || !config.earlyData()) {
                Blocking.await(loop, connection.ready());
            }
            PublicKey shown = connection.peerKey();
            if (known != null && server == null && pinned == null && shown != null) {
                KnownServers.remember(known, address, shown);
            }
            connected = true;
            return connection;
        } catch (IOException e) {
            throw known != null && pinned != null && keyDiffers(e) ? changed(address, known, e) : e;
        } finally {
            if (!connected) {
                giveUp(connection, loops);
            }
        }
    }

    private static void giveUp(@Nullable RudpConnection connection, EventLoops loops) {
        if (connection == null) {
            loops.close();
        } else {
            connection.close(NOBODY_WANTS_IT); // and the loops with it
        }
    }

    private static boolean keyDiffers(IOException e) {
        return e.getCause() instanceof WithCloseReason why && why.closeReason().kind() == CloseReason.Kind.UNAUTHORIZED;
    }

    private static IOException changed(InetSocketAddress server, Path known, IOException why) {
        String name = KnownServers.name(server);
        return new IOException(
                name + " has another key than " + known + " has for it: somebody else answers there, or the server was"
                        + " given a new key; if so, remove the line of " + name + " from that file",
                why);
    }

    /**
     * Connects, for programs of Netty. {@link RudpConfig#knownServers} and {@link RudpConfig#keyFile} are not looked at: they are files,
     * and whoever calls this is on a loop.
     *
     * <p>With {@link RudpConfig#earlyData} and a known server key it is there at once, and what is written goes with the first flight; if
     * the server does not answer, its streams fail.
     *
     * @param scope owns the connection; its executor is the connection's loop, of {@code loops}
     */
    public static Future<RudpConnection> connect(EventLoops loops, Scope scope, InetSocketAddress address, RudpConfig config) {
        EventLoop loop = (EventLoop) scope.executor();
        Promise<RudpConnection> connected = loop.newPromise();
        StaticKey key = config.key();
        Identity identity = new Identity(key != null ? key : StaticKey.generate(), config.serverKey(),
                config.serverKey() != null);
        begin(loops, loop, address, config, identity).addListener((Future<RudpConnection> begun) -> {
            if (!begun.isSuccess()) {
                connected.tryFailure(begun.cause());
                return;
            }
            RudpConnection connection = begun.getNow();
            Scope.Ownership ownership = scope.own(why -> {
                connection.close(why);
                return connection.closed();
            });
            connection.closed().addListener(f -> ownership.release());
            if (identity.beforehand && config.earlyData()) {
                if (!connected.trySuccess(connection)) {
                    connection.close(NOBODY_WANTS_IT);
                }
                return;
            }
            connection.ready().addListener(f -> {
                if (!f.isSuccess()) {
                    connected.tryFailure(f.cause());
                } else if (!connected.trySuccess(connection)) {
                    connection.close(NOBODY_WANTS_IT);
                }
            });
        });
        return connected;
    }

    private static Future<RudpConnection> begin(EventLoops loops, EventLoop loop, InetSocketAddress address, RudpConfig config,
            Identity identity) {
        Promise<RudpConnection> begun = loop.newPromise();
        IOException fault = Addresses.fault(address);
        if (fault != null) {
            return begun.setFailure(fault);
        }
        Endpoint endpoint = new Endpoint(loops, loop, 0, Settings.of(config), identity.handshakes(config), identity.self);
        endpoint.observe(config.statistics(), config.traceDirectory());
        InetSocketAddress any = new InetSocketAddress(address.getAddress() instanceof Inet6Address ? "::" : "0.0.0.0", 0);
        endpoint.open(any, false).addListener(opened -> {
            if (!opened.isSuccess()) {
                begun.tryFailure(opened.cause());
                return;
            }
            try {
                RudpConnection connection = RudpConnection.of(endpoint.connect(address), config.linger(),
                        config.secret() != null && !identity.beforehand);
                connection.freedWith(endpoint);
                if (!begun.trySuccess(connection)) {
                    connection.close(NOBODY_WANTS_IT);
                }
            } catch (IOException | RuntimeException e) {
                begun.tryFailure(e);
            }
            endpoint.closeWhenEmpty();
        });
        return begun;
    }
}
