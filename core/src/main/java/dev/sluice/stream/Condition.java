package dev.sluice.stream;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.WithCloseReason;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * How a stream is: open, closed by us, or lost. The only thing that its two halves share, and no lock: one step each way, the first
 * decides. Any thread.
 */
final class Condition {
    private final AtomicReference<@Nullable CloseReason> lost = new AtomicReference<>();
    private volatile boolean closed;

    /** Our own close. It comes before everything else, even where the stream was lost already. */
    void close() {
        closed = true;
        lost.compareAndSet(null, CloseReason.of(Kind.CANCELLED, Side.SELF, "closed"));
    }

    boolean lose(CloseReason reason) {
        return lost.compareAndSet(null, reason);
    }

    boolean closed() {
        return closed;
    }

    /** Whether nothing more comes or goes. */
    boolean over() {
        return lost.get() != null;
    }

    @Nullable
    CloseReason reason() {
        return lost.get();
    }

    /** What a caller gets once the stream is over: a new exception each time, with the caller's stack. */
    IOException error() {
        CloseReason reason = lost.get();
        if (reason == null) {
            throw new IllegalStateException("the stream is open");
        }
        return error(closed, reason);
    }

    static IOException error(boolean closed, CloseReason reason) {
        if (closed) {
            return new StreamClosedException(reason);
        }
        return switch (reason.kind()) {
            case RESET -> new StreamResetException(reason);
            case IDLE, TIMEOUT -> new StreamIdleException(reason);
            default -> new StreamBrokenException(reason);
        };
    }

    /** Says {@code what} happened, as a socket does, and why, where the reason is one that what carried the stream has given. */
    static String message(String what, CloseReason reason) {
        boolean given = reason.cause() instanceof WithCloseReason carrier
                && carrier.closeReason().detail().equals(reason.detail());
        return given ? what + ": " + reason.detail() : what;
    }
}
