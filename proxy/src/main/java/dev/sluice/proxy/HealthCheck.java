package dev.sluice.proxy;

import dev.sluice.core.Destination;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How {@code failover} and {@code balance} learn which of their members work.
 *
 * @param firstRest how long a member rests after it has failed; doubled with each further failure
 * @param longestRest the longest rest
 * @param probe connects through every member now and then; null for none
 */
public record HealthCheck(Duration firstRest, Duration longestRest, @Nullable Probe probe) {

    /** Rests of 1 s doubling to 60 s, no probe. */
    public static final HealthCheck DEFAULT = new HealthCheck(Duration.ofSeconds(1), Duration.ofSeconds(60), null);

    /**
     * An active probe: opens a stream through the member, and where there is a path sends a {@code HEAD} request that must be
     * answered with 2xx or 3xx.
     *
     * @param target what is connected to
     * @param path the path that is asked for; null where the connection itself is the proof
     * @param interval from one probe to the next, give or take a tenth
     * @param timeout of one probe
     */
    public record Probe(Destination target, @Nullable String path, Duration interval, Duration timeout) {

        /** Every 30 s, 5 s long. */
        public static Probe of(Destination target, @Nullable String path) {
            return new Probe(target, path, Duration.ofSeconds(30), Duration.ofSeconds(5));
        }
    }

    /** The same rests with a probe. */
    public HealthCheck with(Probe newProbe) {
        return new HealthCheck(firstRest, longestRest, newProbe);
    }
}
