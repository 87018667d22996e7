package dev.sluice.proxy.rudp;

import dev.sluice.core.ConnectFailedException.Failure;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The server's answer to a {@link RudpRequest}, one byte: 0 for success, otherwise why not. */
public final class RudpAnswer {
    /** The target is connected, or the flow is open. */
    public static final byte OK = 0;

    /** By code, from 1. New ones are added at the end: peers of another version take what they do not know for {@link Failure#UPSTREAM}. */
    private static final List<Failure> CODES = List.of(Failure.REFUSED, Failure.NETWORK_UNREACHABLE, Failure.HOST_UNREACHABLE,
            Failure.TIMEOUT, Failure.NAME_NOT_RESOLVED, Failure.DNS_ERROR, Failure.BLOCKED, Failure.LOOP, Failure.LIMIT,
            Failure.UPSTREAM, Failure.INTERNAL);

    private RudpAnswer() {}

    /** The byte for a failure. */
    public static byte of(Failure failure) {
        int index = CODES.indexOf(failure);
        return (byte) (1 + (index < 0 ? CODES.indexOf(Failure.UPSTREAM) : index));
    }

    /** What a byte says; null for success. */
    public static @Nullable Failure failure(int code) {
        return code == OK ? null : code >= 1 && code <= CODES.size() ? CODES.get(code - 1) : Failure.UPSTREAM;
    }
}
