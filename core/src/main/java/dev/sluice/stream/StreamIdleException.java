package dev.sluice.stream;

import dev.sluice.core.CloseReason;
import dev.sluice.core.WithCloseReason;
import java.net.SocketTimeoutException;

/**
 * The stream died of silence, or of a deadline of its session. Unlike the {@link SocketTimeoutException} of a read or write
 * time-out, after which the stream is usable, this one is its end.
 */
public final class StreamIdleException extends SocketTimeoutException implements WithCloseReason {
    private static final long serialVersionUID = 1L;

    private final transient CloseReason reason;

    StreamIdleException(CloseReason reason) {
        super(Condition.message("Connection timed out", reason));
        this.reason = reason;
        initCause(reason.cause());
    }

    @Override
    public CloseReason closeReason() {
        return reason;
    }
}
