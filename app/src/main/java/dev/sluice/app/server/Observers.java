package dev.sluice.app.server;

import dev.sluice.anytls.AnyTlsObserver;
import dev.sluice.core.AccessLog;
import dev.sluice.net.DialObserver;
import dev.sluice.proxy.InboundObserver;
import dev.sluice.rudp.channel.StatisticsListener;
import java.util.function.BiFunction;

/**
 * Who hears what happens.
 *
 * @param access of connections and exchanges
 * @param dials of what is dialled and resolved
 * @param doors of clients, before there is a connection
 * @param anytls of AnyTLS sessions
 * @param rudp of connections of reliable UDP: a listener for each kind ({@code inbound}, {@code outbound}) and name
 */
public record Observers(AccessLog access, DialObserver dials, InboundObserver doors, AnyTlsObserver anytls,
        BiFunction<String, String, StatisticsListener> rudp) {

    /** Access lines only. */
    public static Observers of(AccessLog access) {
        return new Observers(access, DialObserver.NONE, InboundObserver.NONE, AnyTlsObserver.NONE,
                (kind, name) -> StatisticsListener.NONE);
    }
}
