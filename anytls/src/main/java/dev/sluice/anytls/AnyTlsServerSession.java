package dev.sluice.anytls;

import dev.sluice.core.Scope;
import io.netty.channel.Channel;

/** The server's end of an AnyTLS session, from behind the authentication on. Belongs to the loop of its carrier. */
public final class AnyTlsServerSession {

    /** Gets the streams that the client opens. */
    @FunctionalInterface
    public interface Acceptor {
        /**
         * The client has opened {@code stream}, which is registered, has auto-read off and a {@code ReadHold}: its first bytes are
         * the address of its target. Whoever takes it closes it. Called on the loop.
         */
        void opened(AnyTlsStream stream);
    }

    private AnyTlsServerSession() {}

    /**
     * Takes {@code carrier} over from its {@code ReadHold}: every byte behind the authentication, padding included, belongs to the
     * session. On the carrier's loop.
     *
     * @param carrier TLS, or plain where a front end speaks it
     * @param scope owns the session; it is closed with the reason when the session ends, and ends the session when it closes
     */
    public static AnyTlsServerSession start(Channel carrier, Scope scope, ServerSessionOptions options, Acceptor acceptor,
            SessionObserver observer) {
        throw new UnsupportedOperationException("not built yet");
    }
}
