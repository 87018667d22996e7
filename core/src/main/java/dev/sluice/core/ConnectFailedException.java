package dev.sluice.core;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * An outbound could not reach its target. The {@link Failure} decides what the client is told: the SOCKS reply (RFC 1928 §6),
 * the HTTP status and the {@code Proxy-Status} error (RFC 9209 §2.3).
 */
public final class ConnectFailedException extends IOException {

    /** What went wrong, as coarse as the protocols can tell it. */
    public enum Failure {
        /** The target refused: nothing listens there. */
        REFUSED,
        /** No route to the network. */
        NETWORK_UNREACHABLE,
        /** No route to the host. */
        HOST_UNREACHABLE,
        /** No answer within the connect time-out. */
        TIMEOUT,
        /** The name does not exist, or has no address. */
        NAME_NOT_RESOLVED,
        /** The resolver did not answer, or failed. */
        DNS_ERROR,
        /** A rule, an access list or the policy for private addresses forbids this target. */
        BLOCKED,
        /** The target would be this program itself. */
        LOOP,
        /** A limit of ours is reached. */
        LIMIT,
        /** The next proxy wants other credentials. */
        UPSTREAM_AUTH,
        /** The next proxy refused this target, or could not reach it. */
        UPSTREAM,
        /** The next proxy itself could not be reached, did not answer or broke its protocol: whatever the target is. */
        UPSTREAM_UNREACHABLE,
        /** The TLS handshake with the next hop failed. */
        TLS,
        /** The outbound cannot carry this kind of traffic (UDP over an {@code http} outbound). */
        NOT_SUPPORTED,
        /** Nobody waits for the connection any more. */
        CANCELLED,
        /** A fault of ours. */
        INTERNAL
    }

    private static final long serialVersionUID = 1L;

    private final Failure failure;

    /** A failure with the words that a user may read: what was tried, and what came of it. */
    public ConnectFailedException(Failure failure, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.failure = failure;
    }

    /** What went wrong. */
    public Failure failure() {
        return failure;
    }

    /** Expected ends need no stack: the reason says everything. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return failure == Failure.INTERNAL ? super.fillInStackTrace() : this;
    }
}
