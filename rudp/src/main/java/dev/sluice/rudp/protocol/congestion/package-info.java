/**
 * How much may be in flight and how fast it may leave: congestion controllers behind one interface, the pacer and the round-trip
 * estimate. It knows sizes and times of packets, never their content.
 */
@NullMarked
package dev.sluice.rudp.protocol.congestion;

import org.jspecify.annotations.NullMarked;
