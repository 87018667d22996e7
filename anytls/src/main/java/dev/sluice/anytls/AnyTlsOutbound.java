package dev.sluice.anytls;

import dev.sluice.core.Connection;
import dev.sluice.core.Destination;
import dev.sluice.core.Outbound;
import dev.sluice.core.PacketChannel;
import dev.sluice.core.Scope;
import dev.sluice.net.ClientTls;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reaches targets through an AnyTLS server. Any loop; each loop has a pool of sessions of its own. */
public final class AnyTlsOutbound implements Outbound {
    private final String name;

    /**
     * A client of one server.
     *
     * @param password never logged
     * @param via how the server is reached: a direct outbound, or the hop before this one in a chain
     * @param schemes the directory where learned padding schemes are kept; null to forget them
     * @param scope owns the sessions; closing it closes them
     * @param loops the program's loops, for the sessions that are opened at the start
     */
    public AnyTlsOutbound(String name, Destination server, String password, ClientTls tls, Outbound via,
            AnyTlsClientOptions options, @Nullable Path schemes, Scope scope, List<EventLoop> loops, SessionObserver observer) {
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Future<Channel> connect(Connection connection) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Opens a stream as {@link #connect} does, but to {@code host} and {@code port}, which need be no target (UDP over TCP). */
    Future<Channel> open(Connection connection, dev.sluice.core.Host host, int port) {
        throw new UnsupportedOperationException("not built yet");
    }

    @Override
    public Future<PacketChannel> associate(Connection connection) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Network or address have changed: idle sessions are closed, those in use take no new streams. Any thread. */
    public void reset() {}
}
