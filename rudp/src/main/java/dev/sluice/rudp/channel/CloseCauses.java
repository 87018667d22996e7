package dev.sluice.rudp.channel;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.CloseReasons;
import dev.sluice.rudp.protocol.CloseCause;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.time.Duration;

/** What the state machine says of a connection's end, in the words of the rest. What the peer says may hold anything: it is made printable. */
final class CloseCauses {
    private CloseCauses() {}

    /**
     * Why a connection is over.
     *
     * @param limit of its handshake
     */
    static CloseReason reason(CloseCause cause, InetSocketAddress peer, Duration limit) {
        return switch (cause.kind()) {
            case LOCAL -> CloseReason.of(Kind.CANCELLED, Side.SELF, cause.reason());
            case PEER -> CloseReason.of(Kind.PEER_CLOSED, Side.PEER, CloseReasons.printable(cause.reason()));
            case PEER_TRANSPORT -> CloseReason.of(Kind.PROTOCOL, Side.PEER,
                    "the peer refused: " + CloseReasons.printable(cause.reason()));
            case VIOLATION, VERSION -> CloseReason.of(Kind.PROTOCOL, Side.PEER, cause.reason());
            case STATELESS_RESET -> CloseReason.of(Kind.RESET, Side.PEER, cause.reason());
            case IDLE -> CloseReason.of(Kind.IDLE, Side.PEER, cause.reason());
            case HANDSHAKE_TIMEOUT -> CloseReason.of(Kind.TIMEOUT, Side.PEER,
                    "no genuine answer from " + NetUtil.toSocketAddressString(peer) + " within " + words(limit)
                            + ": nobody is there, or it has another secret or key");
            case PIN_MISMATCH -> CloseReason.of(Kind.UNAUTHORIZED, Side.PEER, cause.reason());
            case EXHAUSTED -> CloseReason.of(Kind.LIMIT, Side.SELF, cause.reason());
        };
    }

    /** The same reason for the streams of the connection, whose own errors say what happened to them, and this behind it. */
    static CloseReason ofStreams(CloseReason why) {
        boolean says = why.kind() != Kind.RESET && !why.detail().isEmpty();
        return says ? new CloseReason(why.kind(), why.by(), why.detail(), new RudpClosedException(why)) : why;
    }

    private static String words(Duration time) {
        long millis = time.toMillis();
        return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
    }
}
