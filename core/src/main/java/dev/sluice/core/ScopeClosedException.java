package dev.sluice.core;

import java.io.IOException;

/** An operation ended because the scope it ran in was closed. */
public final class ScopeClosedException extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient CloseReason reason;

    /** Carries the reason of the close. */
    public ScopeClosedException(CloseReason reason) {
        super(reason.toString(), reason.cause());
        this.reason = reason;
    }

    /** Why the scope was closed. */
    public CloseReason reason() {
        return reason;
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
