package dev.sluice.anytls;

import java.time.Duration;
import java.util.Locale;

/** Counts what AnyTLS inbounds and outbounds do, by their names. Called on event loops; never blocks. */
public interface AnyTlsObserver {

    /** Why an authentication was refused. The {@linkplain #label() label} is what metrics show. */
    enum AuthFailure {
        /** Nobody's hash, or no authentication at all but something else. */
        UNKNOWN("unknown"),
        /** It was not there in time. */
        TIMEOUT("timeout"),
        /** The peer left before it was complete. */
        TRUNCATED("truncated"),
        /** A user has as many sessions as he may have. */
        SESSIONS("sessions"),
        /** A user has had his bytes. */
        BYTES("bytes");

        private final String label;

        AuthFailure(String label) {
            this.label = label;
        }

        /** A stable lower-case word. */
        public String label() {
            return label;
        }
    }

    /** An observer that keeps nothing. */
    AnyTlsObserver NONE = new AnyTlsObserver() {};

    /** A client was accepted by {@code inbound}; {@link #sessionEnded} follows. */
    default void sessionBegan(String inbound) {}

    /** A session ended. */
    default void sessionEnded(String inbound) {}

    /** A stream began; {@link #streamEnded} follows. */
    default void streamBegan(String inbound) {}

    /** A stream ended. */
    default void streamEnded(String inbound) {}

    /** A stream was answered, so long after it was opened. */
    default void answered(String inbound, Duration took) {}

    /** An authentication was refused. */
    default void refused(String inbound, AuthFailure cause) {}

    /** A peer that is no client was passed on to the web site. */
    default void fellBack(String inbound) {}

    /**
     * A session, of an inbound or an outbound, has met something that a peer should not do.
     *
     * @param anomaly a stable lower-case word
     */
    default void odd(String name, String anomaly) {}

    /** The observer of one session of the inbound or outbound {@code name}. */
    default SessionObserver of(String name) {
        return anomaly -> odd(name, anomaly.name().toLowerCase(Locale.ROOT).replace('_', '-'));
    }
}
