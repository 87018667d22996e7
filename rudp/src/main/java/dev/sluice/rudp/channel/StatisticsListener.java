package dev.sluice.rudp.channel;

import dev.sluice.rudp.protocol.ConnectionStats;

/**
 * Hears what connections do, in steps, for metrics: a step a second for each connection that does anything, and one at its end. Called on
 * event loops, of several connections; never blocks.
 */
public interface StatisticsListener {
    /** Keeps nothing. */
    StatisticsListener NONE = new StatisticsListener() {};

    /** A connection began, as a handshake at least; {@link #ended} follows. */
    default void began() {}

    /** A connection has gone on from {@code before}, which at first is {@link ConnectionStats#NONE}, to {@code now}. */
    default void progressed(ConnectionStats before, ConnectionStats now) {}

    /**
     * Datagrams came that belong to no connection and began none, since this was called last.
     *
     * @param answered by a retry, a reset or a version answer
     * @param dropped got nothing
     */
    default void strangers(long answered, long dropped) {}

    /** A connection is over; {@code last} was told of before. */
    default void ended(ConnectionStats last) {}
}
