package dev.sluice.core;

import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import io.netty.channel.ChannelException;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.unix.Errors.NativeIoException;
import io.netty.handler.codec.CodecException;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslClosedEngineException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.FileSystemException;
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
    private static final int MAX_DETAIL = 200;
    private static final int MAX_DEPTH = 8;

    private CloseReasons() {}

    /** What {@code error} means; {@link Kind#FAULT} for everything that is not known to come from outside. */
    public static CloseReason classify(Throwable error) {
        Throwable e = unwrap(error);
        return switch (e) {
            case ScopeClosedException s -> s.reason();
            case WithCloseReason w -> w.closeReason();
            case ConnectFailedException c -> connectFailed(c);
            case TlsTruncatedException t -> reason(Kind.TLS_TRUNCATED, Side.PEER, t);
            case SslHandshakeTimeoutException t -> reason(Kind.TIMEOUT, Side.SELF, t);
            case SslClosedEngineException s -> reason(Kind.PEER_CLOSED, Side.PEER, s);
            case NotSslRecordException n -> new CloseReason(Kind.PROTOCOL, Side.PEER, "not TLS", n); // its text quotes what the peer sent
            case SSLException s -> reason(Kind.TLS, Side.PEER, s);
            case ProtocolException p -> reason(Kind.PROTOCOL, Side.PEER, p);
            case CodecException c -> reason(Kind.PROTOCOL, Side.PEER, c);
            case CancellationException c -> reason(Kind.CANCELLED, Side.SELF, c);
            case RejectedExecutionException r -> reason(Kind.SHUTDOWN, Side.SELF, r);
            case TimeoutException t -> reason(Kind.TIMEOUT, Side.SELF, t);
            case SocketTimeoutException t -> reason(Kind.TIMEOUT, Side.SELF, t);
            case ConnectTimeoutException t -> reason(Kind.TIMEOUT, Side.SELF, t);
            case io.netty.handler.timeout.TimeoutException t -> reason(Kind.TIMEOUT, Side.SELF, t);
            case ConnectException c -> reason(Kind.UNREACHABLE, Side.TARGET, c);
            case NoRouteToHostException n -> reason(Kind.UNREACHABLE, Side.TARGET, n);
            case PortUnreachableException p -> reason(Kind.UNREACHABLE, Side.TARGET, p);
            case UnknownHostException u -> reason(Kind.UNREACHABLE, Side.TARGET, u);
            case BindException b -> reason(Kind.OVERLOAD, Side.SELF, b); // of a connect: no local port is left
            case ClosedChannelException c -> reason(Kind.PEER_CLOSED, Side.PEER, c);
            case EOFException eof -> reason(Kind.PEER_CLOSED, Side.PEER, eof);
            case NativeIoException n -> nativeError(n);
            case FileSystemException f -> reason(Kind.FAULT, Side.SELF, f);
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

    /** By the number of the error: Linux, and the BSDs where they differ. The numbers of one mean nothing a socket says on the other. */
    private static CloseReason nativeError(NativeIoException e) {
        return switch (-e.expectedErr()) {
            case 12, 23, 24, 105, 55, 99, 49 -> reason(Kind.OVERLOAD, Side.SELF, e); // ENOMEM ENFILE EMFILE ENOBUFS EADDRNOTAVAIL
            case 110, 60 -> reason(Kind.TIMEOUT, Side.PEER, e); // ETIMEDOUT: the peer's machine does not answer
            case 111, 61, 101, 51, 113, 65, 100, 50, 112, 64 -> // ECONNREFUSED ENETUNREACH EHOSTUNREACH ENETDOWN EHOSTDOWN
                reason(Kind.UNREACHABLE, Side.TARGET, e);
            case 9, 14, 22, 88, 38 -> reason(Kind.FAULT, Side.SELF, e); // EBADF EFAULT EINVAL ENOTSOCK: a descriptor misused
            default -> reason(Kind.RESET, Side.PEER, e); // ECONNRESET EPIPE ECONNABORTED ENOTCONN and the like
        };
    }

    private static CloseReason reason(Kind kind, Side by, Throwable e) {
        String message = e.getMessage();
        return new CloseReason(kind, by, message == null ? e.getClass().getSimpleName() : printable(message), e);
    }

    /** One short line that changes nothing where it is shown: a message may quote what a peer sent. */
    public static String printable(String message) {
        int length = Math.min(message.length(), MAX_DETAIL);
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            char c = message.charAt(i);
            text.append(moves(c) ? ' ' : c);
        }
        return text.toString();
    }

    /** Escapes, ends of lines, and marks that turn the direction of what follows. */
    private static boolean moves(char c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
            default -> false;
        };
    }

    private static Throwable unwrap(Throwable error) {
        Throwable e = error;
        for (int depth = 0; depth < MAX_DEPTH; depth++) {
            Throwable cause = e.getCause();
            boolean wrapper = e instanceof CompletionException || e instanceof ExecutionException || e instanceof DecoderException
                    || e instanceof UncheckedIOException || e instanceof InvocationTargetException || isBare(e);
            if (!wrapper || cause == null) {
                return e;
            }
            e = cause;
        }
        return e;
    }

    /** Netty wraps what a socket says while a channel is made in its own exception; its subclasses say something themselves. */
    private static boolean isBare(Throwable e) {
        return e.getClass() == ChannelException.class;
    }
}
