package dev.sluice.proxy.group;

import dev.sluice.core.ConnectFailedException;

/**
 * Whose fault a failed attempt is, and whether another member is worth a try. Nothing has been sent for the user yet, so a try costs
 * nothing but time.
 *
 * @param member what it says of the member
 * @param next whether another member may do better
 */
record Verdict(Of member, boolean next) {

    /** What an attempt says of the member that it went through. */
    enum Of {
        /** Its own server is unreachable, dead, refuses us or breaks its protocol. */
        FAILED,
        /** It works, and has brought news of the target. */
        WORKS,
        /** Nobody answered in time. That is the member's fault if the same target answers through another member. */
        SILENT,
        /** Nothing. */
        UNKNOWN
    }

    static Verdict of(Throwable error) {
        if (!(error instanceof ConnectFailedException e)) {
            return new Verdict(Of.UNKNOWN, false);
        }
        return switch (e.failure()) {
            case UPSTREAM_UNREACHABLE, UPSTREAM_AUTH, TLS -> new Verdict(Of.FAILED, true);
            case TIMEOUT -> new Verdict(Of.SILENT, true);
            // The target's own answer, or ours: it would be the same through another member.
            case REFUSED, NAME_NOT_RESOLVED -> new Verdict(Of.WORKS, false);
            case BLOCKED, LOOP, LIMIT, CANCELLED, INTERNAL -> new Verdict(Of.UNKNOWN, false);
            // Another member may stand in a better place.
            case NETWORK_UNREACHABLE, HOST_UNREACHABLE, DNS_ERROR, UPSTREAM -> new Verdict(Of.WORKS, true);
            case NOT_SUPPORTED -> new Verdict(Of.UNKNOWN, true);
        };
    }
}
