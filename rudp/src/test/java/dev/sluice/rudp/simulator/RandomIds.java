package dev.sluice.rudp.simulator;

import dev.sluice.rudp.protocol.Connection;
import dev.sluice.rudp.protocol.ConnectionIds;
import dev.sluice.rudp.protocol.wire.ConnectionId;
import java.util.SplittableRandom;

/** IDs for connections that are driven by hand: nothing is routed by them. */
record RandomIds(SplittableRandom random) implements ConnectionIds {
    @Override
    public ConnectionId issue(Connection connection) {
        return ConnectionId.create(0, random);
    }

    @Override
    public void retire(ConnectionId id) {}

    @Override
    public byte[] resetToken(ConnectionId id) {
        byte[] token = new byte[16];
        random.nextBytes(token);
        return token;
    }
}
