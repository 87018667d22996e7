package dev.sluice.proxy;

import dev.sluice.core.Connection;
import dev.sluice.core.Outbound;
import dev.sluice.core.PacketChannel;
import dev.sluice.core.Scope;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.List;

/**
 * The first of its members that works.
 *
 * <p>Any loop.
 */
public final class FailoverOutbound implements OutboundGroup {
    private final String name;
    private final List<Outbound> members;
    private final HealthCheck check;

    /** Members in the order of preference; at least one. */
    public FailoverOutbound(String name, List<Outbound> members, HealthCheck check) {
        this.name = name;
        this.members = List.copyOf(members);
        this.check = check;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Future<Channel> connect(Connection connection) {
        throw new UnsupportedOperationException(members + " " + check);
    }

    @Override
    public Future<PacketChannel> associate(Connection connection) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void start(Scope server, EventLoop loop) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<OutboundHealth> health() {
        throw new UnsupportedOperationException();
    }
}
