package dev.sluice.proxy.rudp;

import dev.sluice.core.ConnectFailedException.Failure;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The server's answer to a {@link RudpRequest}, one byte: 0 for success, otherwise why not. */
public final class RudpAnswer {
    /** The target is connected, or the flow is open. */
    public static final byte OK = 0;

    private record Code(Failure failure, String words) {}

    /** By code, from 1. New ones are added at the end: peers of another version take what they do not know for {@link Failure#UPSTREAM}. */
    private static final List<Code> CODES = List.of(new Code(Failure.REFUSED, "connection refused"),
            new Code(Failure.NETWORK_UNREACHABLE, "network unreachable"), new Code(Failure.HOST_UNREACHABLE, "host unreachable"),
            new Code(Failure.TIMEOUT, "no answer in time"), new Code(Failure.NAME_NOT_RESOLVED, "no such name"),
            new Code(Failure.DNS_ERROR, "its resolver failed"), new Code(Failure.BLOCKED, "not allowed by its rules"),
            new Code(Failure.LOOP, "that is the server itself"), new Code(Failure.LIMIT, "a limit of the server is reached"),
            new Code(Failure.UPSTREAM, "its own next proxy failed"), new Code(Failure.INTERNAL, "a fault of the server"));

    private RudpAnswer() {}

    /** The byte for a failure. */
    public static byte of(Failure failure) {
        for (int i = 0; i < CODES.size(); i++) {
            if (CODES.get(i).failure == failure) {
                return (byte) (1 + i);
            }
        }
        return of(Failure.UPSTREAM);
    }

    /** What a byte says; null for success. */
    public static @Nullable Failure failure(int code) {
        return code == OK ? null : isKnown(code) ? CODES.get(code - 1).failure : Failure.UPSTREAM;
    }

    /** A byte that is not success in words for a person. */
    public static String words(int code) {
        return isKnown(code) ? CODES.get(code - 1).words : "failure " + code;
    }

    private static boolean isKnown(int code) {
        return code >= 1 && code <= CODES.size();
    }
}
