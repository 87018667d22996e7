package dev.sluice.core;

import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * Why something was closed, and by whom. It travels with every close, from where it was decided to the access line.
 *
 * <p>{@link CloseReasons#classify(Throwable)} makes one from any {@code Throwable}. Immutable; any thread.
 *
 * @param kind what happened
 * @param by who began it
 * @param detail one short phrase for a log line; never a secret, never a stack trace; may be empty
 * @param cause the exception behind it, kept for {@link Kind#FAULT} and for callers who must throw
 */
public record CloseReason(Kind kind, Side by, String detail, @Nullable Throwable cause) {

    /** Who began the close. */
    public enum Side {
        /** The peer that connected to us. */
        CLIENT,
        /** The peer that we connected to. */
        TARGET,
        /** This program: a limit, a time-out, the operator, or a fault of ours. */
        SELF,
        /** A peer, where it is not known which one. */
        PEER
    }

    /** What happened. The {@linkplain #label() label} is what logs, metrics and {@code /connections} show. */
    public enum Kind {
        /** Both directions ended in order. */
        FINISHED("finished", Level.DEBUG),
        /** The peer closed before the work was complete. */
        PEER_CLOSED("peer-closed", Level.DEBUG),
        /** The peer reset the stream (TCP RST or the protocol's own). */
        RESET("reset", Level.DEBUG),
        /** A TLS stream ended without close_notify: what arrived may be cut short (RFC 8446 §6.1). */
        TLS_TRUNCATED("tls-truncated", Level.DEBUG),
        /** Nothing moved for the idle limit. */
        IDLE("idle", Level.DEBUG),
        /** An operation passed its deadline. */
        TIMEOUT("timeout", Level.DEBUG),
        /** Whoever asked for the work no longer wants it. */
        CANCELLED("cancelled", Level.DEBUG),
        /** The program, a listener or a session is going away. */
        SHUTDOWN("shutdown", Level.DEBUG),
        /** The target could not be reached or resolved. */
        UNREACHABLE("unreachable", Level.DEBUG),
        /** A rule, an access list or the policy for private addresses forbids it. */
        BLOCKED("blocked", Level.DEBUG),
        /** Authentication failed or is missing. */
        UNAUTHORIZED("unauthorized", Level.DEBUG),
        /** A configured limit was reached. */
        LIMIT("limit", Level.DEBUG),
        /** The peer broke its protocol. */
        PROTOCOL("protocol", Level.DEBUG),
        /** A TLS handshake failed. */
        TLS("tls", Level.DEBUG),
        /** Closed by the operator. */
        KICKED("kicked", Level.INFO),
        /** No memory, or no descriptors: not the peer's fault, not a fault of the code. */
        OVERLOAD("overload", Level.WARN),
        /** A fault of ours. */
        FAULT("fault", Level.ERROR);

        private final String label;
        private final Level level;

        Kind(String label, Level level) {
            this.label = label;
            this.level = level;
        }

        /** A stable lower-case word. */
        public String label() {
            return label;
        }

        /** At which level a close of this kind is logged. */
        public Level level() {
            return level;
        }

        /** Whether the other side of a relay must see a reset and not an orderly end. */
        public boolean abrupt() {
            return this != FINISHED && this != IDLE && this != SHUTDOWN && this != CANCELLED;
        }
    }

    /** A reason without an exception behind it. */
    public static CloseReason of(Kind kind, Side by, String detail) {
        return new CloseReason(kind, by, detail, null);
    }

    /** Both directions ended in order. */
    public static CloseReason finished() {
        return of(Kind.FINISHED, Side.PEER, "");
    }

    /** This program goes away, or the part of it that owned the work. */
    public static CloseReason shutdown(String detail) {
        return of(Kind.SHUTDOWN, Side.SELF, detail);
    }

    /** Nobody wants the result any more. */
    public static CloseReason cancelled(String detail) {
        return of(Kind.CANCELLED, Side.SELF, detail);
    }

    /** The level at which this close is logged. */
    public Level level() {
        return kind.level();
    }

    /** The same reason, begun by {@code side}: the classifier does not know which peer an exception came from. */
    public CloseReason by(Side side) {
        return new CloseReason(kind, side, detail, cause);
    }

    /** For logs: {@code reset by target: Connection reset}. */
    @Override
    public String toString() {
        String who = kind.label() + " by " + by.name().toLowerCase(java.util.Locale.ROOT);
        return detail.isEmpty() ? who : who + ": " + detail;
    }
}
