package dev.sluice.app.server;

/** Something could not be started. The message is for the operator: what, why, and what to do. */
public final class StartException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What could not be started, and why. */
    public StartException(String message) {
        super(message);
    }

    /** The same with what is behind it. */
    public StartException(String message, Throwable cause) {
        super(message, cause);
    }
}
