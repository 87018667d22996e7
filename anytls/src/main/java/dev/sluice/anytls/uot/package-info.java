/**
 * UDP over TCP, version 2 in both modes and version 1: how datagrams are written on a stream. State machines over bytes.
 *
 * <p>It must not know channels, sockets, threads or clocks.
 */
@NullMarked
package dev.sluice.anytls.uot;

import org.jspecify.annotations.NullMarked;
