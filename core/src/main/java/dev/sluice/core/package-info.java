/**
 * What is carried and for whom: {@link dev.sluice.core.Destination}, {@link dev.sluice.core.Connection},
 * {@link dev.sluice.core.Scope}, {@link dev.sluice.core.CloseReason}, the router and the two ends of the one path,
 * {@link dev.sluice.core.Inbound} and {@link dev.sluice.core.Outbound}.
 *
 * <p>Where to begin: {@code Destination} and {@code Host} for what a client may name, {@code Addresses} for what must stay private,
 * {@code Rule} for how conditions combine, {@code Scope} for who closes what and when, {@code CloseReasons} for what an exception
 * means. What several loops share here is immutable, a snapshot swapped whole, or a counter.
 *
 * <p>Floor 0. It knows Netty's channels and executors, but no socket, no protocol, no file and no configuration.
 */
@NullMarked
package dev.sluice.core;

import org.jspecify.annotations.NullMarked;
