package dev.sluice.proxy;

import dev.sluice.core.Destination;
import dev.sluice.net.Dispatcher;

/**
 * A TCP port to a fixed destination: says nothing itself. The operator wrote the target, so it may be private. Immutable, shared
 * by all loops.
 */
public final class ForwardProtocol implements ClientProtocol {
    private final Dispatcher dispatcher;
    private final Destination target;

    /** Forwards to {@code target}. */
    public ForwardProtocol(Dispatcher dispatcher, Destination target) {
        this.dispatcher = dispatcher;
        this.target = target;
    }

    @Override
    public void take(ClientSession session) {
        OpaqueClient.serve(session, dispatcher, session.trusted(target), "tcp", OpaqueClient.SILENT);
    }
}
