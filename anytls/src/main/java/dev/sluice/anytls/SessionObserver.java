package dev.sluice.anytls;

import dev.sluice.anytls.session.Anomaly;

/** Counts what sessions of either role see. Any loop. */
@FunctionalInterface
public interface SessionObserver {
    /** Counts nothing. */
    SessionObserver NONE = what -> {};

    /** It happened, once. */
    void count(Anomaly what);
}
