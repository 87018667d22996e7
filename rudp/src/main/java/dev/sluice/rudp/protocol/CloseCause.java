package dev.sluice.rudp.protocol;

/**
 * Why a connection ended.
 *
 * @param kind who ended it, or what
 * @param code of the close, where there was one
 * @param reason a few words, perhaps the peer's: fit for a log line, never for a decision
 */
public record CloseCause(Kind kind, long code, String reason) {
    /** Who or what ended the connection. */
    public enum Kind {
        /** Our application. */
        LOCAL,
        /** The peer's application. */
        PEER,
        /** The peer's transport: we broke a rule, it thinks. */
        PEER_TRANSPORT,
        /** The peer broke a rule. */
        VIOLATION,
        /** The peer does not know the connection any more. */
        STATELESS_RESET,
        /** Nothing came for too long. */
        IDLE,
        /** The handshake got no genuine answer in time: nobody there, or another secret or key. */
        HANDSHAKE_TIMEOUT,
        /** The server's key is not the one that is pinned. */
        PIN_MISMATCH,
        /** The server speaks other versions only. */
        VERSION,
        /** The keys are used up, or packet numbers are. */
        EXHAUSTED
    }
}
