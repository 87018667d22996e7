/**
 * The authentication that opens an AnyTLS session, as a state machine: bytes in, a verdict out.
 *
 * <p>It must not know channels, sockets, threads or clocks, nor what becomes of a peer that is turned away.
 */
@NullMarked
package dev.sluice.anytls.auth;

import org.jspecify.annotations.NullMarked;
