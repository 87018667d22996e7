/** Names in the first bytes of a stream (TLS SNI, HTTP Host): bytes in, a verdict out. No channel, no clock. */
@NullMarked
package dev.sluice.proxy.sniff;

import org.jspecify.annotations.NullMarked;
