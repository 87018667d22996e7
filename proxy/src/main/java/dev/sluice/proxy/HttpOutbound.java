package dev.sluice.proxy;

import dev.sluice.core.Connection;
import dev.sluice.core.Destination;
import dev.sluice.core.Outbound;
import dev.sluice.core.PacketChannel;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Reaches targets through an HTTP proxy: CONNECT for streams (RFC 9110 §9.3.6), the absolute form for plain requests.
 *
 * <p>Any loop; it has no state of its own.
 */
public final class HttpOutbound implements Outbound {
    private final String name;
    private final Destination server;
    private final @Nullable Credentials credentials;
    private final Outbound via;

    /**
     * A proxy in clear text.
     *
     * @param server where the proxy listens; its name is resolved by {@code via}
     * @param credentials sent as Basic (RFC 7617); null for none
     * @param via how the proxy itself is reached: a direct outbound, or the hop before this one in a chain
     */
    public HttpOutbound(String name, Destination server, @Nullable Credentials credentials, Outbound via) {
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
