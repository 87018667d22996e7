package dev.sluice.proxy;

import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Connection;
import dev.sluice.core.Outbound;
import dev.sluice.core.PacketChannel;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;

/**
 * Refuses everything, at once: what a rule sends here is told that it is blocked.
 *
 * @param name by which rules, counters and logs know it
 */
public record BlockOutbound(String name) implements Outbound {

    @Override
    public Future<Channel> connect(Connection connection) {
        return connection.loop().newFailedFuture(blocked(connection));
    }

    @Override
    public Future<PacketChannel> associate(Connection connection) {
        return connection.loop().newFailedFuture(blocked(connection));
    }

    private static ConnectFailedException blocked(Connection connection) {
        return new ConnectFailedException(Failure.BLOCKED, connection.destination() + " is blocked by a rule", null);
    }
}
