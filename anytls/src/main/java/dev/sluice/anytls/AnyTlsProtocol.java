package dev.sluice.anytls;

import dev.sluice.proxy.ClientProtocol;
import dev.sluice.proxy.ClientSession;
import dev.sluice.proxy.InboundContext;

/**
 * What an {@code anytls} inbound speaks: behind TLS (or, plain, behind a front end that speaks it) an authentication, then a session
 * of many streams. A {@link dev.sluice.proxy.ListenerInbound} with this protocol is the inbound.
 *
 * <p>Immutable, shared by all loops.
 */
public final class AnyTlsProtocol implements ClientProtocol {
    private final InboundContext context;
    private final AnyTlsUsers users;
    private final AnyTlsServerOptions options;
    private final AnyTlsObserver observer;

    /** {@code users} are those that the listener's settings have, too. */
    public AnyTlsProtocol(InboundContext context, AnyTlsUsers users, AnyTlsServerOptions options, AnyTlsObserver observer) {
        this.context = context;
        this.users = users;
        this.options = options;
        this.observer = observer;
    }

    @Override
    public void take(ClientSession session) {
        Authentication.begin(this, session);
    }

    InboundContext context() {
        return context;
    }

    AnyTlsUsers users() {
        return users;
    }

    AnyTlsServerOptions options() {
        return options;
    }

    AnyTlsObserver observer() {
        return observer;
    }
}
