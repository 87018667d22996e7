/**
 * The session as a state machine, both roles, versions 1 and 2: frames in, events and frames out, time as an argument.
 *
 * <p>It must not know channels, sockets, threads or clocks.
 */
@NullMarked
package dev.sluice.anytls.session;

import org.jspecify.annotations.NullMarked;
