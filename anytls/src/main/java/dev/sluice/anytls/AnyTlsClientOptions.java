package dev.sluice.anytls;

import java.time.Duration;

/**
 * How a client keeps its sessions. Counts are of one event loop, except {@code minIdle}, which is shared out among the loops.
 *
 * @param client what the settings say of the program; empty to say nothing
 * @param streamsPerSession how many streams one session carries at the same time
 * @param reuse whether a session carries another stream after its first
 * @param minIdle how many idle sessions are kept although their time is over; as many are opened at the start
 * @param idleCheck how often idle sessions are looked at
 * @param idleTimeout how long a session may be idle
 * @param maxAge after this, less up to a quarter at random, a session takes no new streams
 * @param heartbeat how often an idle session is asked whether it lives
 * @param answer how long the answer to a SYN may take
 * @param handshake limit for TLS
 * @param udpConnect whether UDP goes by one stream for each target, instead of one for each flow: for servers that know nothing else
 */
public record AnyTlsClientOptions(String client, int streamsPerSession, boolean reuse, int minIdle, Duration idleCheck,
        Duration idleTimeout, Duration maxAge, Duration heartbeat, Duration answer, Duration handshake,
        boolean udpConnect) {
    /** What the reference does, with a maximum age of 30 minutes and a heartbeat every 15 s. */
    public static final AnyTlsClientOptions DEFAULT = new AnyTlsClientOptions("", 1, true, 0, Duration.ofSeconds(30),
            Duration.ofSeconds(30), Duration.ofMinutes(30), Duration.ofSeconds(15), Duration.ofSeconds(10),
            Duration.ofSeconds(10), false);

    /** The same, with a session for each stream. */
    AnyTlsClientOptions withoutReuse() {
        return new AnyTlsClientOptions(client, 1, false, 0, idleCheck, idleTimeout, maxAge, heartbeat, answer, handshake,
                udpConnect);
    }
}
