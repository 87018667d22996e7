package dev.sluice.core;

/** A host or a port is not one. The message says which part, and what is allowed. */
public final class InvalidDestinationException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /** What is wrong with it. */
    public InvalidDestinationException(String message) {
        super(message);
    }
}
