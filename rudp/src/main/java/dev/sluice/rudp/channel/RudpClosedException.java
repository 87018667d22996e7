package dev.sluice.rudp.channel;

import dev.sluice.core.CloseReason;
import dev.sluice.core.WithCloseReason;
import java.io.IOException;

/** A connection is over, or did not come about. Its message is one readable line. */
public final class RudpClosedException extends IOException implements WithCloseReason {
    private static final long serialVersionUID = 1L;

    private final transient CloseReason reason;

    RudpClosedException(CloseReason reason) {
        super(reason.detail().isEmpty() ? reason.toString() : reason.detail());
        this.reason = reason;
    }

    @Override
    public CloseReason closeReason() {
        return reason;
    }
}
