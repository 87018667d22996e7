package dev.sluice.proxy;

import dev.sluice.core.Connection;
import dev.sluice.core.Destination;
import dev.sluice.core.Outbound;
import dev.sluice.core.PacketChannel;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Reaches targets through a SOCKS5 proxy (RFC 1928): CONNECT for streams, UDP ASSOCIATE for packets. Names are sent to the proxy,
 * which resolves them.
 *
 * <p>Any loop; it has no state of its own.
 */
public final class SocksOutbound implements Outbound {
    private final String name;
    private final Destination server;
    private final @Nullable Credentials credentials;
    private final Outbound via;

    /**
     * A SOCKS5 proxy.
     *
     * @param server where the proxy listens; its name is resolved by {@code via}
     * @param credentials for user/password authentication (RFC 1929); null for none
     * @param via how the proxy itself is reached: a direct outbound, or the hop before this one in a chain
     */
    public SocksOutbound(String name, Destination server, @Nullable Credentials credentials, Outbound via) {
        this.name = name;
        this.server = server;
        this.credentials = credentials;
        this.via = via;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Future<Channel> connect(Connection connection) {
        throw new UnsupportedOperationException(name + " " + server + " " + credentials + " " + via);
    }

    @Override
    public Future<PacketChannel> associate(Connection connection) {
        throw new UnsupportedOperationException();
    }
}
