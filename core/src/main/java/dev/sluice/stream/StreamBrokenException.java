package dev.sluice.stream;

import dev.sluice.core.CloseReason;
import dev.sluice.core.WithCloseReason;
import java.io.IOException;

/** The peer, or what carried the stream to it, is gone: {@code Broken pipe}, and why, where that is known. */
public final class StreamBrokenException extends IOException implements WithCloseReason {
    private static final long serialVersionUID = 1L;

    private final transient CloseReason reason;

    StreamBrokenException(CloseReason reason) {
        super(Condition.message("Broken pipe", reason), reason.cause());
        this.reason = reason;
    }

    @Override
    public CloseReason closeReason() {
        return reason;
    }
}
