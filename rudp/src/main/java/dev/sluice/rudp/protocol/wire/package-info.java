/**
 * The wire format, byte by byte, as {@code PROTOCOL.md} has it: headers, frames, transport parameters. It must not know connections:
 * it reads and writes, and whoever calls it decides.
 */
@NullMarked
package dev.sluice.rudp.protocol.wire;

import org.jspecify.annotations.NullMarked;
