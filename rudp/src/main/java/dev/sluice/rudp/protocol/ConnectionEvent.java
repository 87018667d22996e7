package dev.sluice.rudp.protocol;

/** What an application or endpoint hears of a connection besides its streams; see {@link Connection#pollEvent}. */
public sealed interface ConnectionEvent {
    /**
     * Data can flow, the peer is authenticated. On a server: the client has proved that it is there.
     *
     * @param earlyAccepted whether the server took the data of the first flight, where there was any
     */
    record Established(boolean earlyAccepted) implements ConnectionEvent {}

    /** The peer allows more streams: {@link Connection#open} may succeed again. */
    record StreamsAvailable() implements ConnectionEvent {}

    /** {@link Connection#migrate} has succeeded: everything goes this way now. */
    record Migrated(NetworkPath path) implements ConnectionEvent {}

    /** {@link Connection#migrate} has failed, nobody answered there; the old path stays. */
    record MigrationFailed(NetworkPath path) implements ConnectionEvent {}

    /** The peer has moved, or its NAT did, and was validated there. */
    record PeerMoved(NetworkPath path) implements ConnectionEvent {}

    /** The connection is over for the application. It may have to answer for a while still, until {@link Connection#isTerminated}. */
    record Closed(CloseCause cause) implements ConnectionEvent {}
}
