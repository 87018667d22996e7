/**
 * Multiplexed sessions: many streams over one channel, each of them a {@link dev.sluice.net.StreamChannel}. Here are the table of
 * streams, the one ordered writer of a session, and the bounds on what is received and not read.
 *
 * <p>Floor 2. It must not know any protocol: frames, commands and windows are what a session's subclass brings.
 */
@NullMarked
package dev.sluice.mux;

import org.jspecify.annotations.NullMarked;
