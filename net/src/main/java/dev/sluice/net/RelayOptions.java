package dev.sluice.net;

import java.time.Duration;

/**
 * How a relay behaves.
 *
 * @param idle without a byte in either direction for so long, it ends
 * @param write a write that makes no progress for so long ends it
 * @param linger how long the end of a client is held back where the target's stream cannot carry it alone, without a byte; also how
 *     long a peer is waited for that has everything but does not say so
 * @param splice whether two plain sockets may be moved with splice(2)
 */
public record RelayOptions(Duration idle, Duration write, Duration linger, boolean splice) {
    /** Idle 2 hours, write 30 s, linger 10 s, splice where it works. */
    public static final RelayOptions DEFAULT = new RelayOptions(Duration.ofHours(2), Duration.ofSeconds(30),
            Duration.ofSeconds(10), true);
}
