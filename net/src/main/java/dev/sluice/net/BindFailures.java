package dev.sluice.net;

import io.netty.channel.unix.Errors;
import io.netty.util.NetUtil;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.Locale;

/** Says why an address cannot be bound, in words that fit behind it. */
public final class BindFailures {
    private static final int EACCES = -13;
    private static final int EADDRINUSE = -98;
    private static final int EADDRNOTAVAIL = -99;

    private BindFailures() {}

    /** {@code cause} as a failure to bind {@code address}, whose message names both. */
    public static BindException explain(InetSocketAddress address, Throwable cause) {
        BindException e = new BindException(
                print(address) + ": " + (address.isUnresolved() ? "the name cannot be resolved" : words(cause)));
        e.initCause(cause);
        return e;
    }

    static String print(InetSocketAddress address) {
        return address.isUnresolved()
                ? address.getHostString() + ":" + address.getPort()
                : NetUtil.toSocketAddressString(address);
    }

    private static String words(Throwable cause) {
        String message = cause.getMessage();
        return switch (cause) {
            case Errors.NativeIoException e -> words(e);
            default -> message == null ? cause.getClass().getSimpleName() : message.toLowerCase(Locale.ROOT);
        };
    }

    private static String words(Errors.NativeIoException e) {
        return switch (e.expectedErr()) {
            case EADDRINUSE -> "address already in use";
            case EADDRNOTAVAIL -> "not an address of this machine";
            case EACCES -> "permission denied";
            default -> "error " + -e.expectedErr();
        };
    }
}
