package dev.sluice.rudp;

import dev.sluice.core.Scope;
import dev.sluice.net.EventLoops;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;

/** Opens connections of reliable UDP. Any thread. */
public final class RudpClient {
    private RudpClient() {}

    /**
     * Connects, on an event loop of its own that ends with the connection. Waits until the server is authenticated; with
     * {@link RudpConfig#earlyData} and a known server key it does not wait. Not on an event loop.
     *
     * @throws IOException in one readable line: nobody there, another secret, another key
     */
    public static RudpConnection connect(InetSocketAddress address, RudpConfig config) throws IOException {
        throw new UnsupportedOperationException();
    }

    /**
     * Connects, for programs of Netty. {@link RudpConfig#knownServers} and {@link RudpConfig#keyFile} are not looked at: they are files,
     * and whoever calls this is on a loop.
     *
     * @param scope owns the connection; its executor is the connection's loop, of {@code loops}
     */
    public static Future<RudpConnection> connect(EventLoops loops, Scope scope, InetSocketAddress address, RudpConfig config) {
        throw new UnsupportedOperationException();
    }
}
