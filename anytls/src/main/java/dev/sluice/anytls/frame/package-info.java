/**
 * The frames of AnyTLS and the maps that some of them carry: bytes in, frames out, and back.
 *
 * <p>It must not know channels, sockets, threads or clocks, nor what a frame means.
 */
@NullMarked
package dev.sluice.anytls.frame;

import org.jspecify.annotations.NullMarked;
