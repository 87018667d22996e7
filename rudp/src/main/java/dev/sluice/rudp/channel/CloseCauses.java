package dev.sluice.rudp.channel;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.rudp.protocol.CloseCause;

/** What the state machine says of a connection's end, in the words of the rest. */
final class CloseCauses {
    private CloseCauses() {}

    static CloseReason reason(CloseCause cause) {
        return switch (cause.kind()) {
            case LOCAL -> CloseReason.of(Kind.CANCELLED, Side.SELF, cause.reason());
            case PEER -> CloseReason.of(Kind.PEER_CLOSED, Side.PEER, cause.reason());
            case PEER_TRANSPORT -> CloseReason.of(Kind.PROTOCOL, Side.PEER, "the peer refused: " + cause.reason());
            case VIOLATION, VERSION -> CloseReason.of(Kind.PROTOCOL, Side.PEER, cause.reason());
            case STATELESS_RESET -> CloseReason.of(Kind.RESET, Side.PEER, cause.reason());
            case IDLE -> CloseReason.of(Kind.IDLE, Side.PEER, cause.reason());
            case HANDSHAKE_TIMEOUT -> CloseReason.of(Kind.TIMEOUT, Side.PEER,
                    "no genuine answer in time: nobody is there, or it has another secret or key");
            case PIN_MISMATCH -> CloseReason.of(Kind.UNAUTHORIZED, Side.PEER, cause.reason());
            case EXHAUSTED -> CloseReason.of(Kind.LIMIT, Side.SELF, cause.reason());
        };
    }
}
