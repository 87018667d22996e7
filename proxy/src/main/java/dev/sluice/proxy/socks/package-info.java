/**
 * The SOCKS protocols as bytes in and bytes out (RFC 1928, RFC 1929): addresses, UDP headers, the client's handshake. No channel,
 * no clock.
 */
@NullMarked
package dev.sluice.proxy.socks;

import org.jspecify.annotations.NullMarked;
