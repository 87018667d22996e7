/**
 * Forward error correction: Reed-Solomon repair packets over a window of source packets. It knows blocks of bytes and their places,
 * nothing of what they carry.
 */
@NullMarked
package dev.sluice.rudp.protocol.fec;

import org.jspecify.annotations.NullMarked;
