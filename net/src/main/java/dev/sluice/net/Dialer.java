package dev.sluice.net;

import dev.sluice.core.Connection;
import dev.sluice.core.PacketChannel;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;

/**
 * Opens sockets to the outside: resolves names, checks every address against the policy and against this program's own
 * listeners, and races the addresses (Happy Eyeballs v2, RFC 8305).
 *
 * <p>Any loop; one for the whole program.
 */
public interface Dialer {

    /**
     * Connects to {@code connection.destination()} on {@code connection.loop()}. The channel that comes has auto-read off and a
     * {@link ReadHold}. Closing the connection's scope, or cancelling the future, cancels the dial.
     *
     * @return fails with a {@link dev.sluice.core.ConnectFailedException}
     */
    Future<Channel> connect(Connection connection);

    /**
     * Opens a UDP socket of its own. Packets to names are resolved, packets to addresses that the policy forbids are dropped.
     *
     * @return fails with a {@link dev.sluice.core.ConnectFailedException}
     */
    Future<PacketChannel> associate(Connection connection);
}
