package dev.sluice.proxy;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.net.ReadHold;
import org.jspecify.annotations.Nullable;

/**
 * The client while its target is dialled: what it sends early is kept, and where it leaves the dial is cancelled. An end of its
 * output after early bytes is no leaving: that is how a request without an answer to it, or a short upload, looks.
 */
final class EarlyBytes {
    /** So many are kept; the rest waits in the kernel. */
    static final int LIMIT = 64 * 1024;

    private EarlyBytes() {}

    /** What to do when the client's output ends while it is held. On the loop. */
    static ReadHold.Watcher watcher(ClientSession session) {
        return (held, error) -> ended(session, held, error);
    }

    private static void ended(ClientSession session, int held, @Nullable Throwable error) {
        if (error != null || held == 0 || !session.channel().isActive()) {
            session.scope().close(CloseReason.of(Kind.CANCELLED, Side.CLIENT, "client left while its target was dialled"));
        }
    }
}
