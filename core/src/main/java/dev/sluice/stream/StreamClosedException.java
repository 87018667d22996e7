package dev.sluice.stream;

import dev.sluice.core.CloseReason;
import dev.sluice.core.WithCloseReason;
import java.nio.channels.ClosedChannelException;

/** This side has closed the stream, or the half of it that was used. */
public final class StreamClosedException extends ClosedChannelException implements WithCloseReason {
    private static final long serialVersionUID = 1L;

    private final transient CloseReason reason;

    StreamClosedException(CloseReason reason) {
        this.reason = reason;
    }

    @Override
    public String getMessage() {
        return reason.toString();
    }

    @Override
    public CloseReason closeReason() {
        return reason;
    }
}
