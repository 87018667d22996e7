package dev.sluice.app.config;

/**
 * One thing that is wrong with the configuration.
 *
 * @param place where
 * @param message what is wrong and what is allowed; never the value of a secret
 */
public record Fault(Place place, String message) {

    /** {@code file:line:column: message}. */
    @Override
    public String toString() {
        return place + ": " + message;
    }
}
