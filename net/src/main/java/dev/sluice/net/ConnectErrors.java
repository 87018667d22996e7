package dev.sluice.net;

import dev.sluice.core.ConnectFailedException.Failure;
import io.netty.channel.unix.Errors;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the failure of one connect means. By type, and where Netty's native transports put the error number into the message only,
 * by that number.
 */
final class ConnectErrors {
    private static final Pattern ERRNO = Pattern.compile("failed with error\\(-(\\d+)\\)");

    private ConnectErrors() {}

    /**
     * What {@code cause} means.
     *
     * @param atOnce whether the system call itself failed: then it was our own routing table that knew no way. The native
     *     transports do not tell an unreachable network from an unreachable host
     */
    static Failure classify(Throwable cause, boolean atOnce) {
        return switch (cause) {
            case NoRouteToHostException e -> atOnce && e.getCause() != null && e.getCause().getMessage() == null
                    ? Failure.NETWORK_UNREACHABLE
                    : Failure.HOST_UNREACHABLE;
            case ConnectException e -> number(errno(e), Failure.REFUSED);
            case BindException e -> Failure.LIMIT; // no local port is left, or the source address is not ours
            case SocketException e -> Failure.NETWORK_UNREACHABLE; // all that NIO leaves over
            case Errors.NativeIoException e -> number(-e.expectedErr(), Failure.INTERNAL);
            default -> cause.getCause() == null ? Failure.INTERNAL : classify(cause.getCause(), atOnce);
        };
    }

    private static Failure number(int errno, Failure otherwise) {
        return switch (errno) {
            case 110 -> Failure.TIMEOUT; // ETIMEDOUT
            case 111 -> Failure.REFUSED; // ECONNREFUSED
            case 101 -> Failure.NETWORK_UNREACHABLE; // ENETUNREACH
            case 113, 112, 1, 13 -> Failure.HOST_UNREACHABLE; // EHOSTUNREACH, EHOSTDOWN, EPERM and EACCES of a firewall
            case 22, 97 -> Failure.NETWORK_UNREACHABLE; // EINVAL, EAFNOSUPPORT: no such kind of address here
            case 11, 23, 24, 98, 99, 105 -> Failure.LIMIT; // EAGAIN, ENFILE, EMFILE, EADDRINUSE, EADDRNOTAVAIL, ENOBUFS
            default -> otherwise;
        };
    }

    private static int errno(ConnectException e) {
        String message = e.getMessage();
        Matcher matcher = ERRNO.matcher(message == null ? "" : message);
        return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
    }

    /** How a user reads it, behind an address. */
    static String words(Failure failure) {
        return switch (failure) {
            case REFUSED -> "refused";
            case NETWORK_UNREACHABLE -> "network unreachable";
            case HOST_UNREACHABLE -> "host unreachable";
            case TIMEOUT -> "no answer";
            case LIMIT -> "out of sockets or ports";
            default -> "failed";
        };
    }
}
