package dev.sluice.core;

import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.CodecException;
import io.netty.handler.codec.DecoderException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/**
 * The one classifier from {@code Throwable} to {@link CloseReason}, and with it to a log level.
 *
 * <p>It looks at types, never at the words of a message: those differ between transports, systems and languages. An
 * {@code IOException} that a channel throws and that has no better type means that the peer is gone.
 */
public final class CloseReasons {
    private CloseReasons() {}

    /** What {@code error} means; {@link Kind#FAULT} for everything that is not known to come from outside. */
    public static CloseReason classify(Throwable error) {
        Throwable e = unwrap(error);
        return switch (e) {
            case ScopeClosedException s -> s.reason();
            case WithCloseReason w -> w.closeReason();
            case ConnectFailedException c -> connectFailed(c);
            case TlsTruncatedException t -> reason(Kind.TLS_TRUNCATED, Side.PEER, t);
            case SSLException s -> reason(Kind.TLS, Side.PEER, s);
            case ProtocolException p -> reason(Kind.PROTOCOL, Side.PEER, p);
            case CodecException c -> reason(Kind.PROTOCOL, Side.PEER, c);
            case CancellationException c -> reason(Kind.CANCELLED, Side.SELF, c);
            case RejectedExecutionException r -> reason(Kind.SHUTDOWN, Side.SELF, r);
            case TimeoutException t -> reason(Kind.TIMEOUT, Side.SELF, t);
            case SocketTimeoutException t -> reason(Kind.TIMEOUT, Side.SELF, t);
            case ConnectTimeoutException t -> reason(Kind.TIMEOUT, Side.SELF, t);
            case ConnectException c -> reason(Kind.UNREACHABLE, Side.TARGET, c);
            case NoRouteToHostException n -> reason(Kind.UNREACHABLE, Side.TARGET, n);
            case PortUnreachableException p -> reason(Kind.UNREACHABLE, Side.TARGET, p);
            case UnknownHostException u -> reason(Kind.UNREACHABLE, Side.TARGET, u);
            case ClosedChannelException c -> reason(Kind.PEER_CLOSED, Side.PEER, c);
            case IOException io -> reason(Kind.RESET, Side.PEER, io);
            case OutOfMemoryError o -> reason(Kind.OVERLOAD, Side.SELF, o);
            default -> reason(Kind.FAULT, Side.SELF, e);
        };
    }

    private static CloseReason connectFailed(ConnectFailedException e) {
        return switch (e.failure()) {
            case TIMEOUT -> reason(Kind.TIMEOUT, Side.TARGET, e);
            case BLOCKED, LOOP -> reason(Kind.BLOCKED, Side.SELF, e);
            case LIMIT -> reason(Kind.LIMIT, Side.SELF, e);
            case CANCELLED -> reason(Kind.CANCELLED, Side.CLIENT, e);
            case TLS -> reason(Kind.TLS, Side.TARGET, e);
            case INTERNAL -> reason(Kind.FAULT, Side.SELF, e);
            case REFUSED, NETWORK_UNREACHABLE, HOST_UNREACHABLE, NAME_NOT_RESOLVED, DNS_ERROR, UPSTREAM_AUTH, UPSTREAM,
                    UPSTREAM_UNREACHABLE, NOT_SUPPORTED ->
                reason(
                        Kind.UNREACHABLE, Side.TARGET, e);
        };
    }

    private static CloseReason reason(Kind kind, Side by, Throwable e) {
        String message = e.getMessage();
        return new CloseReason(kind, by, message == null ? e.getClass().getSimpleName() : message, e);
    }

    private static Throwable unwrap(Throwable error) {
        Throwable e = error;
        for (int depth = 0; depth < 8; depth++) {
            Throwable cause = e.getCause();
            boolean wrapper = e instanceof CompletionException || e instanceof ExecutionException
                    || e instanceof DecoderException;
            if (!wrapper || cause == null) {
                return e;
            }
            e = cause;
        }
        return e;
    }
}
