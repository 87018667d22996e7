/**
 * What is carried and for whom: {@link dev.sluice.core.Destination}, {@link dev.sluice.core.Connection},
 * {@link dev.sluice.core.Scope}, {@link dev.sluice.core.CloseReason}, the router and the two ends of the one path,
 * {@link dev.sluice.core.Inbound} and {@link dev.sluice.core.Outbound}.
 *
 * <p>Floor 0. It knows Netty's channels and executors, but no socket, no protocol, no file and no configuration.
 */
@NullMarked
package dev.sluice.core;

import org.jspecify.annotations.NullMarked;
