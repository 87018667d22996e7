package dev.sluice.core;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The connections that are alive, and the totals of traffic per user, inbound and outbound.
 *
 * <p>Any thread. Entering and leaving are one step each; a walk sees a moment's picture without stopping anybody. There is one
 * total for each name in the configuration; {@link #retain} drops those of names that are gone.
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
        Scope scope = connection.scope();
        live.put(connection.id(), new Live(connection, null));
        scope.closed().addListener(
                f -> live.computeIfPresent(connection.id(), (id, is) -> is.connection().scope() == scope ? null : is));
    }

    /**
     * It was routed: its bytes count for the outbound, from its beginning where this is the first, from here on where it had
     * another one before. On the connection's loop.
     */
    public void routed(Connection connection, Route route) {
        connection.traffic().countFor(outbounds.computeIfAbsent(route.outbound().name(), n -> new Traffic.Total()));
        live.computeIfPresent(connection.id(), (id, was) -> new Live(connection, route));
    }

    /**
     * Closes a connection for the operator.
     *
     * @param detail who wanted that, for the log
     * @return whether it was alive
     */
    public boolean kick(ConnectionId id, String detail) {
        Live found = live.get(id);
        if (found == null) {
            return false;
        }
        found.connection().scope().close(CloseReason.of(CloseReason.Kind.KICKED, CloseReason.Side.SELF, detail));
        return true;
    }

    /**
     * Forgets the totals of what a new configuration no longer has, so that years of changes do not pile up. Connections that
     * still run count on, unseen.
     */
    public void retain(Set<String> inboundNames, Set<String> outboundNames, Set<String> userNames) {
        inbounds.keySet().retainAll(inboundNames);
        outbounds.keySet().retainAll(outboundNames);
        users.keySet().retainAll(userNames);
    }

    /** Those alive now: a view that goes with the time. */
    public Collection<Live> live() {
        return Collections.unmodifiableCollection(live.values());
    }

    /** How many are alive. */
    public int size() {
        return live.size();
    }

    /** Totals by inbound name. */
    public Map<String, Traffic.Total> inbounds() {
        return Collections.unmodifiableMap(inbounds);
    }

    /** Totals by outbound name. */
    public Map<String, Traffic.Total> outbounds() {
        return Collections.unmodifiableMap(outbounds);
    }

    /** Totals by user name. */
    public Map<String, Traffic.Total> users() {
        return Collections.unmodifiableMap(users);
    }
}
