/**
 * The reliable-UDP connection as a state machine: packets, frames, streams, loss recovery, paths. Bytes and the time go in, datagrams
 * and deadlines come out. It must not know channels, sockets, threads or clocks.
 *
 * <p>The time is a {@code long} of nanoseconds from any fixed start; it never goes back. The wire format is in {@code PROTOCOL.md} of
 * this module.
 */
@NullMarked
package dev.sluice.rudp.protocol;

import org.jspecify.annotations.NullMarked;
