package dev.sluice.core;

import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Gets one call when a connection or exchange is established and one when it ends. Called on the connection's loop; never blocks. */
public interface AccessLog {

    /**
     * How a connection or an HTTP exchange ended.
     *
     * @param connection what was carried
     * @param route where it went; null where it was refused before that
     * @param what {@code CONNECT}, {@code SOCKS5}, {@code tcp}, {@code udp}, or the request line's method and target
     * @param status the HTTP status that the client got, 0 where there is none
     * @param up bytes from the client
     * @param down bytes to the client
     * @param duration from its beginning to its end
     * @param reason why it ended
     */
    record Ended(Connection connection, @Nullable Route route, String what, int status, long up, long down, Duration duration,
            CloseReason reason) {}

    /**
     * A request that was answered by us and came to be no connection: malformed, or without the right to ask.
     *
     * @param id the name in every log line of this client's connection
     * @param inbound the name of the inbound
     * @param source the client's address
     * @param what the request line's method and target, or what else is known of it
     * @param status the HTTP status that the client got, 0 where there is none
     * @param reason why
     */
    record Refused(ConnectionId id, String inbound, InetSocketAddress source, String what, int status, CloseReason reason) {}

    /** A log that keeps nothing. */
    AccessLog NONE = new AccessLog() {
        @Override
        public void established(Connection connection, Route route) {}

        @Override
        public void ended(Ended ended) {}

        @Override
        public void refused(Refused refused) {}
    };

    /** The target is connected. */
    void established(Connection connection, Route route);

    /** It is over. */
    void ended(Ended ended);

    /** It did not begin. */
    void refused(Refused refused);
}
