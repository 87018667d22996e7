/**
 * How bytes and packets move: transports and event loops, listeners, the dialer, streams that are no sockets, TLS, and
 * {@link dev.sluice.net.Relay}, the only thing that joins two opaque streams.
 *
 * <p>Floor 1. It knows no proxy protocol and no configuration. The packages beneath it are its own business.
 */
@NullMarked
package dev.sluice.net;

import org.jspecify.annotations.NullMarked;
