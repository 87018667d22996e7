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
 * Spreads connections over its members by a {@link Strategy}.
 *
 * <p>Any loop.
 */
public final class BalanceOutbound implements OutboundGroup {

    /** How the member of a connection is picked. */
    public enum Strategy {
        /** The one with the fewest live connections. */
        LEAST_CONNECTIONS,
        /** The less busy of two picked at random. */
        RANDOM_OF_TWO,
        /** Always the same one for the same source address, whatever becomes of the others. */
        HASH_BY_SOURCE
    }

    private final String name;
    private final List<Outbound> members;
    private final Strategy strategy;
    private final HealthCheck check;

    /** At least one member. */
    public BalanceOutbound(String name, List<Outbound> members, Strategy strategy, HealthCheck check) {
        this.name = name;
        this.members = List.copyOf(members);
        this.strategy = strategy;
        this.check = check;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Future<Channel> connect(Connection connection) {
        throw new UnsupportedOperationException(members + " " + strategy + check);
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
