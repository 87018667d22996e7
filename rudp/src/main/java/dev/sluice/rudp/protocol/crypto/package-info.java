/**
 * The Noise handshake, packet and header protection with key update, retry cookies, replay windows and stateless reset tokens. Bytes
 * in, bytes out; it knows nothing of connections, paths or frames.
 */
@NullMarked
package dev.sluice.rudp.protocol.crypto;

import org.jspecify.annotations.NullMarked;
