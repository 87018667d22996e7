package dev.sluice.http;

import java.time.Duration;
import java.util.Objects;

/**
 * What an HTTP peer may ask of this program.
 *
 * @param requestLine longest request line, bytes; a longer one gets 414
 * @param headerSection longest header section and longest trailer section, bytes; a longer one gets 431
 * @param fields most field lines of a header section; more get 431
 * @param headerTime how long a header section may take from its first byte; then 408 and close
 * @param body how long a client may send nothing of a request body that is waited for; then 408 and close
 * @param response how long an origin may send nothing of a response that is waited for, while nothing of the request goes to it
 * @param idle how long a client connection may lie idle between two requests
 * @param write how long a peer may take nothing of what is written to it
 * @param drain how much of an unwanted request body is read and thrown away to keep the connection, bytes
 * @param linger how long a connection that we have ended is still read, so that the last response is not lost to a reset
 * @param originIdle how long an origin connection is kept for the next request
 * @param originIdlePerKey how many idle ones are kept for one origin, per event loop
 * @param originIdleTotal how many idle ones are kept in all, per event loop
 */
public record HttpLimits(int requestLine, int headerSection, int fields, Duration headerTime, Duration body,
        Duration response, Duration idle, Duration write,
        long drain, Duration linger, Duration originIdle, int originIdlePerKey, int originIdleTotal) {

    /** 16 KiB, 64 KiB, 512 fields; 10 s for a head, 60 s body, 15 min response, 60 s idle, 30 s write; 256 KiB drain, 2 s linger; 30 s, 64 and 1024 idle origins. */
    public static final HttpLimits DEFAULT = new HttpLimits(16 * 1024, 64 * 1024, 512, Duration.ofSeconds(10),
            Duration.ofSeconds(60), Duration.ofMinutes(15),
            Duration.ofSeconds(60), Duration.ofSeconds(30), 256 * 1024, Duration.ofSeconds(2), Duration.ofSeconds(30), 64, 1024);

    /** Written out: the one that comes with a record is linked at run time, and this one is asked at every start. */
    @Override
    public int hashCode() {
        return Objects.hash(requestLine, headerSection, fields, headerTime, body, response, idle, write, drain, linger,
                originIdle,
                originIdlePerKey, originIdleTotal);
    }
}
