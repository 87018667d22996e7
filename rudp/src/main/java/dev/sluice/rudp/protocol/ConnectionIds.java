package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.wire.ConnectionId;

/** What an endpoint does for its connections: gives out the IDs by which it finds them again. Called on the connection's thread. */
public interface ConnectionIds {
    /** A new unpredictable ID; datagrams to it belong to this connection from now on. */
    ConnectionId issue(Connection connection);

    /** Datagrams to this ID belong to nobody any more. */
    void retire(ConnectionId id);

    /** The 16 bytes of the stateless reset token of one of our IDs. */
    byte[] resetToken(ConnectionId id);
}
