package dev.sluice.proxy.upstream;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReasons;
import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Connection;
import dev.sluice.core.Destination;
import dev.sluice.core.Outbound;
import dev.sluice.net.ClientTls;
import dev.sluice.net.ReadHold;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A next proxy and the way to it. Immutable; any loop.
 *
 * <p>Whatever goes wrong before the proxy has been asked for the target is told as the proxy's failure
 * ({@link Failure#UPSTREAM_UNREACHABLE}, {@link Failure#TLS}, {@link Failure#UPSTREAM_AUTH}) and never as the target's: that its
 * server refuses connections does not mean that the target does. Groups of outbounds rely on it.
 *
 * @param kind what it is, in the words of a failure: {@code HTTP proxy}
 * @param server where it listens; its name is resolved by {@code via}
 * @param via how it is reached: a direct outbound, or the hop before this one in a chain
 * @param tls where it speaks TLS; null for clear text
 * @param handshake limit for TLS and the dialogue together
 */
public record NextProxy(String kind, Destination server, Outbound via, @Nullable ClientTls tls, Duration handshake) {
    /** How long a handshake may take if nobody says otherwise. */
    public static final Duration HANDSHAKE = Duration.ofSeconds(10);

    /**
     * Dials the proxy and holds the dialogue.
     *
     * @param connection what it is for; its destination is the target, its scope owns the work
     * @param dialogue makes the one of this stream
     * @param result what comes of the stream and of what was learned; called on the connection's loop
     * @return done on the connection's loop; fails with a {@link ConnectFailedException}; cancelling it cancels the work
     */
    public <T, R> Future<R> reach(Connection connection, Supplier<Dialogue<T>> dialogue, BiFunction<Channel, T, R> result) {
        Approach.Talk<T> talk = (stream, limit) -> Handshake.begin(stream, who(), dialogue.get(), limit, connection.scope());
        return new Approach<>(this, connection, talk, result).begin();
    }

    /**
     * Opens a stream to the proxy itself. Terms as in {@link #reach}.
     *
     * @param result what comes of the stream; called on the connection's loop
     */
    public <R> Future<R> open(Connection connection, Function<Channel, R> result) {
        Approach.Talk<Channel> talk = (stream, limit) -> {
            ReadHold hold = stream.pipeline().get(ReadHold.class);
            if (tls != null && hold != null) {
                hold.ownedBy(connection.scope()); // below TLS the dialer has seen to it
            }
            return stream.eventLoop().newSucceededFuture(stream);
        };
        return new Approach<>(this, connection, talk, (stream, same) -> result.apply(stream)).begin();
    }

    /** For the words of a failure: kind and server. */
    public String who() {
        return kind + " " + server;
    }

    /** What it means for the user that the hop failed with {@code error}, be it at the dial or in TLS. */
    ConnectFailedException failed(Throwable error) {
        Failure failure = faultOf(error);
        if (failure == Failure.CANCELLED) {
            return new ConnectFailedException(failure, "cancelled on the way to the " + who(), error);
        }
        return new ConnectFailedException(failure, who() + ": " + error.getMessage(), error);
    }

    static Failure faultOf(Throwable error) {
        if (error instanceof ConnectFailedException e) {
            return switch (e.failure()) {
                case CANCELLED, INTERNAL, LIMIT, NOT_SUPPORTED, TLS, UPSTREAM_AUTH -> e.failure();
                case REFUSED, NETWORK_UNREACHABLE, HOST_UNREACHABLE, TIMEOUT, NAME_NOT_RESOLVED, DNS_ERROR, BLOCKED, LOOP,
                        UPSTREAM, UPSTREAM_UNREACHABLE ->
                    Failure.UPSTREAM_UNREACHABLE;
            };
        }
        if (error instanceof SSLException) {
            return Failure.TLS;
        }
        CloseReason.Kind kind = CloseReasons.classify(error).kind();
        return switch (kind) {
            case FAULT -> Failure.INTERNAL;
            case CANCELLED, SHUTDOWN -> Failure.CANCELLED;
            case LIMIT, OVERLOAD -> Failure.LIMIT;
            case TLS -> Failure.TLS;
            case FINISHED, PEER_CLOSED, RESET, TLS_TRUNCATED, IDLE, TIMEOUT, UNREACHABLE, BLOCKED, UNAUTHORIZED, PROTOCOL,
                    KICKED ->
                Failure.UPSTREAM_UNREACHABLE;
        };
    }
}
