package dev.sluice.rudp.protocol;

/**
 * Watches a connection, for traces and tests. Called on the connection's thread within its methods; must not call back. Sizes are bytes
 * of whole packets, without what fills a datagram up behind them, times ns.
 */
public interface ConnectionObserver {
    /** In place of the number of a packet that has none: INITIAL, HANDSHAKE and RETRY. */
    long NO_NUMBER = -1;

    /** Why a packet is taken for lost. */
    enum LossTrigger {
        /** So many that were sent after it have arrived. */
        REORDERING_THRESHOLD,
        /** One that was sent after it has arrived, and it is that long ago. */
        TIME_THRESHOLD
    }

    /** Sees nothing. */
    ConnectionObserver NONE = new ConnectionObserver() {};

    /** A packet left. */
    default void packetSent(long now, PacketType type, long number, int bytes, boolean ackEliciting) {}

    /** A packet came: a genuine one; an INITIAL for a server's connection, the first or a copy; or a RETRY that was taken. */
    default void packetReceived(long now, PacketType type, long number, int bytes) {}

    /** A datagram or packet was dropped: not genuine, a duplicate, of an unknown form. */
    default void packetDropped(long now, int bytes, String why) {}

    /** A packet is taken for lost. */
    default void packetLost(long now, PacketType type, long number, int bytes, LossTrigger trigger) {}

    /** A packet that was taken for lost had arrived. */
    default void spuriousLoss(long now, long number) {}

    /** An acknowledgement was taken in. */
    default void metricsUpdated(long now, long minRtt, long smoothedRtt, long latestRtt, long window, long bytesInFlight,
            long pacingRate) {}

    /** A probe time-out fired for the {@code count}th time in a row. */
    default void probeTimeout(long now, int count) {}

    /** The state of the connection or a path changed: {@code established}, {@code migrated}, {@code mtu 1452}, ... */
    default void stateChanged(long now, String what, String detail) {}

    /** It is over. */
    default void closed(long now, CloseCause cause) {}
}
