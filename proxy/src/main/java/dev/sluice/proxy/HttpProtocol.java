package dev.sluice.proxy;

import dev.sluice.http.HttpEngine;
import dev.sluice.net.Dispatcher;

/**
 * The HTTP proxy for clients: plain requests in absolute form go through the exchange engine, CONNECT becomes an opaque stream,
 * and both must say who they are where users are required.
 *
 * <p>Immutable, shared by all loops.
 */
public final class HttpProtocol implements ClientProtocol {
    private final HttpEngine engine;
    private final Dispatcher dispatcher;

    /** HTTP on the one path. */
    public HttpProtocol(HttpEngine engine, Dispatcher dispatcher) {
        this.engine = engine;
        this.dispatcher = dispatcher;
    }

    @Override
    public void take(ClientSession session) {
        if (!session.users().required()) {
            session.asked(); // the engine has its own limit for the time of a head, and can say 408
        } // else the handshake's limit holds until the credentials are right, however many requests are refused meanwhile
        engine.serve(session.channel(), session.scope(), new HttpClientHandler(session, dispatcher));
    }
}
