package dev.sluice.rudp.simulator;

import dev.sluice.rudp.protocol.Connection;
import dev.sluice.rudp.protocol.ConnectionEvent;

/** What a simulated program does with its connection. */
interface Application {
    /** Nothing. */
    Application IDLE = (now, connection) -> {};

    /** Something has happened: read, write, open, accept. */
    void run(long now, Connection connection);

    /** An event of the connection. */
    default void onEvent(long now, Connection connection, ConnectionEvent event) {}
}
