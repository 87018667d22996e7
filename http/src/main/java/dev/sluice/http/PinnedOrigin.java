package dev.sluice.http;

import dev.sluice.core.CloseReason;
import org.jspecify.annotations.Nullable;

/**
 * The idle origin connection that one client connection keeps for itself: it is authenticated as a whole (NTLM, Negotiate), or it
 * tells the origin who the client is (PROXY protocol), so nobody else may use it. Belongs to the loop.
 */
final class PinnedOrigin {
    private @Nullable Http1OriginConnection idle;
    private boolean closed;

    /** The connection for {@code key}, which leaves; null where there is none. */
    @Nullable
    Http1OriginConnection take(OriginPool.Key key) {
        Http1OriginConnection kept = idle;
        if (kept == null || !kept.key().equals(key)) {
            return null;
        }
        idle = null;
        return kept;
    }

    /** Keeps {@code connection} in place of what was kept before; false where the client is gone. */
    boolean keep(Http1OriginConnection connection) {
        if (closed) {
            return false;
        }
        Http1OriginConnection before = idle;
        idle = connection;
        if (before != null) {
            before.close(CloseReason.cancelled("another origin is used"));
        }
        return true;
    }

    void forget(Http1OriginConnection connection) {
        if (idle == connection) {
            idle = null;
        }
    }

    void close(CloseReason why) {
        closed = true;
        Http1OriginConnection kept = idle;
        idle = null;
        if (kept != null) {
            kept.close(why);
        }
    }
}
