package dev.sluice.net;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** For tests that run over every transport of this machine: one that is missing is skipped by name. */
final class Transports {
    private Transports() {}

    static void assumeAvailable(Transport transport) {
        Throwable why = EventLoops.unavailable(transport);
        assumeTrue(why == null, () -> "transport " + transport + " does not work here: " + why);
    }
}
