package dev.sluice.http;

import dev.sluice.core.Connection;
import dev.sluice.core.Outbound;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * An outbound that can take plain HTTP requests as they are, because its next hop is itself an HTTP proxy (RFC 9112 §3.2.2). For
 * such requests no CONNECT is sent: many proxies refuse it for port 80.
 *
 * <p>A group of outbounds implements it, too, where one of its members does; what the member cannot do is then a plain
 * {@link Outbound#connect} in a {@link Hop} to the target itself.
 */
public interface HttpForwarding extends Outbound {

    /**
     * Opens a stream for plain HTTP requests to {@code connection.destination()}. Terms as in {@link Outbound#connect}.
     *
     * @return fails with a {@link dev.sluice.core.ConnectFailedException}
     */
    Future<Hop> connectHop(Connection connection);

    /** A stream for requests, and how they are written on it. Its {@code toString} keeps the secret. */
    final class Hop {
        private final Channel channel;
        private final boolean proxy;
        private final @Nullable String proxyAuthorization;

        private Hop(Channel channel, boolean proxy, @Nullable String proxyAuthorization) {
            this.channel = channel;
            this.proxy = proxy;
            this.proxyAuthorization = proxyAuthorization;
        }

        /** The stream ends at the target: requests go in origin form, and the stream serves this target only. */
        public static Hop toTarget(Channel channel) {
            return new Hop(channel, false, null);
        }

        /**
         * The stream ends at a proxy: requests go in absolute form, and it serves every target of this outbound.
         *
         * @param proxyAuthorization the value of {@code Proxy-Authorization}; null for none
         */
        public static Hop toProxy(Channel channel, @Nullable String proxyAuthorization) {
            return new Hop(channel, true, proxyAuthorization);
        }

        /** The stream, with auto-read off and a {@code ReadHold}. */
        public Channel channel() {
            return channel;
        }

        /** Whether requests go in absolute form. */
        public boolean proxy() {
            return proxy;
        }

        /** The value of {@code Proxy-Authorization}; null for none. */
        public @Nullable String proxyAuthorization() {
            return proxyAuthorization;
        }

        @Override
        public String toString() {
            return (proxy ? "Hop(proxy, " : "Hop(target, ") + channel + ")";
        }
    }
}
