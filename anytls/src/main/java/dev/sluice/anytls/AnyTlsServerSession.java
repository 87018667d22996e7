package dev.sluice.anytls;

import dev.sluice.anytls.session.ServerState;
import dev.sluice.anytls.session.SessionState;
import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.Scope;
import dev.sluice.mux.MuxLimits;
import io.netty.channel.Channel;

/** The server's end of an AnyTLS session, from behind the authentication on. Belongs to the loop of its carrier. */
public final class AnyTlsServerSession extends AnyTlsSession {

    /** Gets the streams that the client opens. */
    @FunctionalInterface
    public interface Acceptor {
        /**
         * The client has opened {@code stream}, which is registered, has auto-read off and a {@code ReadHold}: its first bytes are
         * the address of its target. Whoever takes it closes it. Called on the loop.
         */
        void opened(AnyTlsStream stream);
    }

    private final ServerState state;
    private final Acceptor acceptor;

    private AnyTlsServerSession(Channel carrier, Scope scope, ServerSessionOptions options, MuxLimits limits, Acceptor acceptor,
            SessionObserver observer) {
        super(carrier, scope, limits, observer);
        this.acceptor = acceptor;
        this.state = new ServerState(this, this::open, options.scheme(), options.maxStreams(), options.answerWithin().toNanos());
    }

    /**
     * Takes {@code carrier} over from its {@code ReadHold}: every byte behind the authentication, padding included, belongs to the
     * session. On the carrier's loop.
     *
     * @param carrier TLS, or plain where a front end speaks it
     * @param scope owns the session, and ends it when it closes; it is closed when the session has ended: at once with the reason, or,
     *     where the session was lost, when nothing is left in it, at the latest after ten seconds
     */
    public static AnyTlsServerSession start(Channel carrier, Scope scope, ServerSessionOptions options, Acceptor acceptor,
            SessionObserver observer) {
        return start(carrier, scope, options, MuxLimits.DEFAULT, acceptor, observer);
    }

    /** The same with other bounds, for tests. */
    static AnyTlsServerSession start(Channel carrier, Scope scope, ServerSessionOptions options, MuxLimits limits,
            Acceptor acceptor, SessionObserver observer) {
        AnyTlsServerSession session = new AnyTlsServerSession(carrier, scope, options, limits, acceptor, observer);
        session.begin();
        return session;
    }

    private void open(int id) {
        AnyTlsStream stream = new AnyTlsStream(this, id);
        add(stream);
        acceptor.opened(stream);
    }

    @Override
    SessionState state() {
        return state;
    }

    @Override
    void heard(long now) {
        state.at(now);
    }

    @Override
    void established(AnyTlsStream stream) {
        if (knows(stream)) {
            state.established(stream.streamId());
        }
    }

    /** A lost stream may still be read; its number may be another's by now. */
    private boolean knows(AnyTlsStream stream) {
        return stream.equals(stream(stream.streamId()));
    }

    @Override
    void refused(AnyTlsStream stream, String why) {
        if (knows(stream) && state.refused(stream.streamId(), why)) {
            refused(stream, CloseReason.of(Kind.UNREACHABLE, Side.TARGET, why));
        } else {
            stream.close();
        }
    }
}
