package dev.sluice.rudp.simulator;

import dev.sluice.rudp.protocol.HandshakeProvider;
import dev.sluice.rudp.protocol.HandshakeSession;
import dev.sluice.rudp.protocol.wire.ConnectionId;
import org.jspecify.annotations.Nullable;

/** One provider for both ends of a simulation, each with handshakes of its own. */
record HandshakePair(HandshakeProvider client, HandshakeProvider server) implements HandshakeProvider {
    @Override
    public int suite() {
        return client.suite();
    }

    @Override
    public HandshakeSession client(ConnectionId self) {
        return client.client(self);
    }

    @Override
    public @Nullable HandshakeSession server(int suite, ConnectionId id) {
        return server.server(suite, id);
    }
}
