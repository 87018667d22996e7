/**
 * Reliable UDP for programs: {@link dev.sluice.rudp.RudpServer} and {@link dev.sluice.rudp.RudpClient} give connections, a
 * {@link dev.sluice.rudp.RudpConnection} gives streams that behave as TCP sockets do, for code that blocks and for Netty. It knows the
 * endpoint below, and nothing of proxies or tunnels.
 */
@NullMarked
package dev.sluice.rudp;

import org.jspecify.annotations.NullMarked;
