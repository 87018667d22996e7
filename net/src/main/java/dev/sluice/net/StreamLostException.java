package dev.sluice.net;

import dev.sluice.core.CloseReason;
import dev.sluice.core.WithCloseReason;
import java.io.IOException;

/** A stream that is no socket was reset, or lost with its session. It is what its handlers and its pending writes get. */
public final class StreamLostException extends IOException implements WithCloseReason {
    private static final long serialVersionUID = 1L;

    private final transient CloseReason reason;

    StreamLostException(CloseReason reason) {
        super(reason.toString(), reason.cause());
        this.reason = reason;
    }

    @Override
    public CloseReason closeReason() {
        return reason;
    }

    /** Without a stack: it names an event of the peer, not a place in the code. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
