/**
 * Groups of outbounds: the health of each member, who is picked for a connection, the search for one that works, the active probe.
 * It knows no protocol.
 */
@NullMarked
package dev.sluice.proxy.group;

import org.jspecify.annotations.NullMarked;
