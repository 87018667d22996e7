package dev.sluice.stream;

import dev.sluice.core.CloseReason;
import dev.sluice.core.WithCloseReason;
import java.net.SocketException;

/** The peer has reset the stream, as TCP's RST does: {@code Connection reset}. */
public final class StreamResetException extends SocketException implements WithCloseReason {
    private static final long serialVersionUID = 1L;

    private final transient CloseReason reason;

    StreamResetException(CloseReason reason) {
        super("Connection reset");
        this.reason = reason;
        initCause(reason.cause());
    }

    @Override
    public CloseReason closeReason() {
        return reason;
    }
}
