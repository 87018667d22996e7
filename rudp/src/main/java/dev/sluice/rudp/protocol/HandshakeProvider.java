package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.wire.ConnectionId;
import org.jspecify.annotations.Nullable;

/** Makes the {@link HandshakeSession} of each connection: holds the keys and secrets of this end. */
public interface HandshakeProvider {
    /** The byte that a client of ours puts into its first packet, to say how its handshake goes. */
    int suite();

    /**
     * A client's side.
     *
     * @param self the connection ID that this client chose for itself
     */
    HandshakeSession client(ConnectionId self);

    /** A server's side for what a client's first packet says, or null where this server does not take that suite. */
    @Nullable
    HandshakeSession server(int suite, ConnectionId client);
}
