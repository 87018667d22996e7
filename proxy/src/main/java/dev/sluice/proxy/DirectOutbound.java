package dev.sluice.proxy;

import dev.sluice.core.Connection;
import dev.sluice.core.Outbound;
import dev.sluice.core.PacketChannel;
import dev.sluice.net.Dialer;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;

/**
 * Connects to targets itself.
 *
 * <p>Any loop; it has no state of its own.
 */
public final class DirectOutbound implements Outbound {
    private final String name;
    private final Dialer dialer;
    private final ProxyHeader header;

    /** Plain sockets by {@code dialer}. */
    public DirectOutbound(String name, Dialer dialer) {
        this(name, dialer, ProxyHeader.NONE);
    }

    /** With a PROXY protocol header for every TCP target. */
    public DirectOutbound(String name, Dialer dialer, ProxyHeader header) {
        this.name = name;
        this.dialer = dialer;
        this.header = header;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Future<Channel> connect(Connection connection) {
        if (header != ProxyHeader.NONE) {
            throw new UnsupportedOperationException();
        }
        return dialer.connect(connection);
    }

    @Override
    public Future<PacketChannel> associate(Connection connection) {
        return dialer.associate(connection);
    }
}
