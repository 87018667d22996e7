package dev.sluice.core;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;

/**
 * How to reach a target. Immutable and shared by all event loops; state such as pools is kept per loop.
 *
 * <p><b>The stream handed over.</b> The channel that {@link #connect} gives is registered on {@link Connection#loop()} unless its
 * session lives on another loop; it has auto-read off, and a {@code ReadHold} at the end of its pipeline keeps what arrives
 * before somebody takes the stream over. It is owned by the connection's scope until then. Whoever takes it over closes it.
 *
 * <p><b>Cancelling.</b> Closing the connection's scope cancels what is being dialled; so does cancelling the future.
 */
public interface Outbound {

    /** The name by which rules, counters and logs know it. */
    String name();

    /**
     * Opens a byte stream to {@code connection.destination()}.
     *
     * @return done on the connection's loop, once the target itself is connected; fails with a {@link ConnectFailedException}
     */
    Future<Channel> connect(Connection connection);

    /**
     * Opens a packet flow. The destination of the connection is the first target that the client named; packets carry their own.
     *
     * @return done on the connection's loop; fails with a {@link ConnectFailedException}
     */
    Future<PacketChannel> associate(Connection connection);

    /**
     * Whether its streams differ by the client that they are opened for (a PROXY protocol header, a hash by source): such a stream
     * is not reused for another client.
     */
    default boolean perClient() {
        return false;
    }
}
