package dev.sluice.app.server;

import dev.sluice.anytls.AnyTlsObserver;
import dev.sluice.core.AccessLog;
import dev.sluice.net.DialObserver;
import dev.sluice.proxy.InboundObserver;

/**
 * Who hears what happens.
 *
 * @param access of connections and exchanges
 * @param dials of what is dialled and resolved
 * @param doors of clients, before there is a connection
 * @param anytls of AnyTLS sessions
 */
public record Observers(AccessLog access, DialObserver dials, InboundObserver doors, AnyTlsObserver anytls) {

    /** Access lines only. */
    public static Observers of(AccessLog access) {
        return new Observers(access, DialObserver.NONE, InboundObserver.NONE, AnyTlsObserver.NONE);
    }
}
