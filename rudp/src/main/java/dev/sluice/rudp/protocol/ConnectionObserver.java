package dev.sluice.rudp.protocol;

/**
 * Watches a connection, for traces and tests. Called on the connection's thread within its methods; must not call back. Sizes are bytes
 * of whole packets, times ns.
 */
public interface ConnectionObserver {
    /** Sees nothing. */
    ConnectionObserver NONE = new ConnectionObserver() {};

    /** A packet left. */
    default void packetSent(long now, long number, int bytes, boolean ackEliciting, boolean early) {}

    /** A genuine packet came. */
    default void packetReceived(long now, long number, int bytes) {}

    /** A datagram or packet was dropped: not genuine, a duplicate, of an unknown form. */
    default void packetDropped(long now, int bytes, String why) {}

    /** A packet is taken for lost. */
    default void packetLost(long now, long number, int bytes, String trigger) {}

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
