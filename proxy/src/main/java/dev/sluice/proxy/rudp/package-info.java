/**
 * What a proxied stream and a packet flow look like inside reliable UDP: requests, answers, packets. It must not know channels,
 * connections, threads or clocks: bytes in, values out.
 */
@NullMarked
package dev.sluice.proxy.rudp;

import org.jspecify.annotations.NullMarked;
