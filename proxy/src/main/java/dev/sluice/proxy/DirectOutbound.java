package dev.sluice.proxy;

import dev.sluice.core.Connection;
import dev.sluice.core.Outbound;
import dev.sluice.core.PacketChannel;
import dev.sluice.net.Dialer;
import dev.sluice.proxy.upstream.ProxyHeaders;
import io.netty.channel.Channel;
import io.netty.handler.codec.haproxy.HAProxyProtocolVersion;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;

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
        return switch (header) {
            case NONE -> dialer.connect(connection);
            case V1 -> withHeader(connection, HAProxyProtocolVersion.V1);
            case V2 -> withHeader(connection, HAProxyProtocolVersion.V2);
        };
    }

    private Future<Channel> withHeader(Connection connection, HAProxyProtocolVersion version) {
        Promise<Channel> promise = connection.loop().newPromise();
        Future<Channel> dialled = dialer.connect(connection);
        promise.addListener(f -> dialled.cancel(false));
        dialled.addListener(f -> {
            if (!dialled.isSuccess()) {
                promise.tryFailure(dialled.cause());
            } else if (!promise.isDone()) {
                ProxyHeaders.write(dialled.getNow(), version, connection.source());
                promise.trySuccess(dialled.getNow());
            } else {
                dialled.getNow().close();
            }
        });
        return promise;
    }

    @Override
    public Future<PacketChannel> associate(Connection connection) {
        return dialer.associate(connection);
    }

    @Override
    public boolean perClient() {
        return header != ProxyHeader.NONE;
    }
}
