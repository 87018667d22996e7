package dev.sluice.app.config;

import java.time.Duration;
import java.util.List;

/**
 * Every limit of time, each for one thing.
 *
 * @param connect for one address of a target
 * @param connectTotal for a target with all its addresses and hops
 * @param handshake until a client has said what it wants
 * @param write without progress
 * @param idle without a byte in either direction of a tunnel
 * @param httpIdle between two requests
 * @param httpBody for a request body of which nothing comes
 * @param httpResponse for a response of which nothing comes
 * @param udpIdle without a packet
 * @param dnsIdle without a packet, port 53
 * @param linger how long an end that the other side cannot carry is held back
 * @param drain for running work at a shutdown
 */
public record Timeouts(Duration connect, Duration connectTotal, Duration handshake, Duration write, Duration idle,
        Duration httpIdle, Duration httpBody, Duration httpResponse,
        Duration udpIdle, Duration dnsIdle, Duration linger, Duration drain) {

    private static final Key<Duration> CONNECT = Key.of("connect", Scalars.DURATION_TYPE, "10s",
            "Limit for one address of a target.");
    private static final Key<Duration> CONNECT_TOTAL = Key.of("connect-total", Scalars.DURATION_TYPE, "30s",
            "Limit for a target in all: its name, its addresses, every hop of a chain.");
    private static final Key<Duration> HANDSHAKE = Key.of("handshake", Scalars.DURATION_TYPE, "10s",
            "Limit until a client has said what it wants: TLS, SOCKS greeting, request head.");
    private static final Key<Duration> WRITE = Key.of("write", Scalars.DURATION_TYPE, "30s",
            "Limit for a write that makes no progress; never one for the whole.");
    private static final Key<Duration> IDLE = Key.of("idle", Scalars.DURATION_TYPE, "2h",
            "A tunnel without a byte in either direction ends after this.");
    private static final Key<Duration> HTTP_IDLE = Key.of("http-idle", Scalars.DURATION_TYPE, "60s",
            "Limit between two requests of a client.");
    private static final Key<Duration> HTTP_BODY = Key.of("http-body", Scalars.DURATION_TYPE, "60s",
            "Limit for a client that sends nothing more of its request's body; it gets 408.");
    private static final Key<Duration> HTTP_RESPONSE = Key.of("http-response", Scalars.DURATION_TYPE, "15m",
            "Limit for a server that sends nothing, or nothing more, of its response; the client gets 504, or a reset.");
    private static final Key<Duration> UDP_IDLE = Key.of("udp-idle", Scalars.DURATION_TYPE, "5m",
            "A UDP flow without a packet ends after this.");
    private static final Key<Duration> DNS_IDLE = Key.of("dns-idle", Scalars.DURATION_TYPE, "15s",
            "The same for flows to port 53.");
    private static final Key<Duration> LINGER = Key.of("linger", Scalars.DURATION_TYPE, "10s",
            "How long the end of a client is held back where the way to its target cannot carry it alone (AnyTLS, TLS).");
    private static final Key<Duration> DRAIN = Key.of("drain", Scalars.DURATION_TYPE, "30s",
            "At SIGTERM running connections may finish for so long.");

    static final ObjectType<Timeouts> TYPE = new ObjectType<>("'timeouts'",
            List.of(CONNECT, CONNECT_TOTAL, HANDSHAKE, WRITE, IDLE, HTTP_IDLE, HTTP_BODY, HTTP_RESPONSE, UDP_IDLE, DNS_IDLE,
                    LINGER, DRAIN),
            v -> new Timeouts(v.get(CONNECT), v.get(CONNECT_TOTAL), v.get(HANDSHAKE), v.get(WRITE), v.get(IDLE), v.get(HTTP_IDLE),
                    v.get(HTTP_BODY), v.get(HTTP_RESPONSE),
                    v.get(UDP_IDLE), v.get(DNS_IDLE), v.get(LINGER), v.get(DRAIN)));
}
