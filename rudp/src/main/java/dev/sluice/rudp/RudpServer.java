package dev.sluice.rudp;

import dev.sluice.core.Scope;
import dev.sluice.net.EventLoops;
import dev.sluice.rudp.protocol.crypto.PublicKey;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.Consumer;

/** Takes connections of reliable UDP. Any thread. */
public final class RudpServer implements AutoCloseable {
    private RudpServer() {}

    /**
     * Listens, on event loops of its own that end with it.
     *
     * @param address port 0 lets the system choose
     * @throws java.net.BindException whose message names the address and the cause
     */
    public static RudpServer bind(InetSocketAddress address, RudpConfig config) throws IOException {
        throw new UnsupportedOperationException();
    }

    /**
     * Listens, for programs of Netty.
     *
     * @param scope owns the server; its executor is a loop of {@code loops}
     * @param accepted gets each connection, on the connection's loop, and owns it
     */
    public static Future<RudpServer> bind(EventLoops loops, Scope scope, InetSocketAddress address, RudpConfig config,
            Consumer<RudpConnection> accepted) {
        throw new UnsupportedOperationException();
    }

    /**
     * Waits for the next connection. Not on an event loop.
     *
     * @throws java.nio.channels.ClosedChannelException where the server is closed
     */
    public RudpConnection accept() throws IOException {
        throw new UnsupportedOperationException();
    }

    /** The local address, with the port that the system chose. */
    public InetSocketAddress address() {
        throw new UnsupportedOperationException();
    }

    /** The key by which clients know this server. */
    public PublicKey key() {
        throw new UnsupportedOperationException();
    }

    /** Takes no more connections, lets those that are there finish, and closes what is left after {@code limit}. Does not wait. */
    public Future<?> drain(Duration limit) {
        throw new UnsupportedOperationException();
    }

    /** Closes every connection, delivering within the configured linger what was written. Does not wait: see {@link #closed}. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }

    /** Done when everything is freed. */
    public Future<?> closed() {
        throw new UnsupportedOperationException();
    }
}
