package dev.sluice.core;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The connections that are alive, and the totals of traffic per user, inbound and outbound.
 *
 * <p>Any thread. Entering and leaving are one step each; a walk sees a moment's picture without stopping anybody.
 */
public final class ConnectionTable {

    /**
     * One that is alive.
     *
     * @param connection what is carried
     * @param route where it went; null until it is routed
     */
    public record Live(Connection connection, @Nullable Route route) {}

    private final ConcurrentHashMap<ConnectionId, Live> live = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, Traffic.Total> inbounds = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, Traffic.Total> outbounds = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, Traffic.Total> users = new ConcurrentHashMap<>();

    /** Counters for a new connection of {@code inbound} and, where there is one, {@code user}. */
    public Traffic traffic(String inbound, @Nullable String user) {
        List<Traffic.Total> totals = new ArrayList<>(3);
        totals.add(inbounds.computeIfAbsent(inbound, n -> new Traffic.Total()));
        if (user != null) {
            totals.add(users.computeIfAbsent(user, n -> new Traffic.Total()));
        }
        return new Traffic(totals);
    }

    /** The connection is alive from now until its scope is closed. */
    public void enter(Connection connection) {
        live.put(connection.id(), new Live(connection, null));
        connection.scope().closed().addListener(f -> live.remove(connection.id()));
    }

    /** It was routed; its bytes count for the outbound from here on. */
    public void routed(Connection connection, Route route) {
        connection.traffic().addTotal(outbounds.computeIfAbsent(route.outbound().name(), n -> new Traffic.Total()));
        live.computeIfPresent(connection.id(), (id, was) -> new Live(connection, route));
    }

    /** Those alive now. */
    public Collection<Live> live() {
        return java.util.Collections.unmodifiableCollection(live.values());
    }

    /** How many are alive. */
    public int size() {
        return live.size();
    }

    /** Totals by inbound name. */
    public java.util.Map<String, Traffic.Total> inbounds() {
        return java.util.Collections.unmodifiableMap(inbounds);
    }

    /** Totals by outbound name. */
    public java.util.Map<String, Traffic.Total> outbounds() {
        return java.util.Collections.unmodifiableMap(outbounds);
    }

    /** Totals by user name. */
    public java.util.Map<String, Traffic.Total> users() {
        return java.util.Collections.unmodifiableMap(users);
    }
}
