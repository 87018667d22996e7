/**
 * Moves bytes between two TCP sockets inside the kernel, with splice(2) from their event loop.
 *
 * <p>Knows descriptors, pipes and readiness; knows nothing of relays, connections and limits. Internal to module net.
 */
@NullMarked
package dev.sluice.net.splice;

import org.jspecify.annotations.NullMarked;
