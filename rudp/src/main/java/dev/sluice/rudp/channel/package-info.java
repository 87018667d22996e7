/**
 * The endpoint of reliable UDP: a socket on an event loop, the connections that it finds by their IDs, and their streams as channels. It
 * moves bytes, time and events between Netty and the state machine in {@code protocol}, and must not know what these mean there, nor who
 * uses the streams.
 */
@NullMarked
package dev.sluice.rudp.channel;

import org.jspecify.annotations.NullMarked;
