package dev.sluice.core;

import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What is being carried, for whom, from where to where. It describes; the bytes flow beside it.
 *
 * <p>Immutable, but for {@link #traffic()} and {@link #scope()}, which say themselves who may touch them. Where more becomes
 * known on the way (a sniffed name, the server of the next hop), {@link #to} makes the connection anew with the same id.
 */
public final class Connection {
    private final ConnectionId id;
    private final String inbound;
    private final @Nullable String user;
    private final InetSocketAddress source;
    private final Destination destination;
    private final @Nullable String sniffedName;
    private final Policy policy;
    private final Scope scope;
    private final Traffic traffic;
    private final long openedNanos;

    /** A connection that {@code inbound} has accepted; {@code scope} runs on the event loop of the client's channel. */
    public Connection(ConnectionId id, String inbound, @Nullable String user, InetSocketAddress source, Destination destination,
            Policy policy, Scope scope, Traffic traffic) {
        this(id, inbound, user, source, destination, null, policy, scope, traffic, System.nanoTime());
    }

    private Connection(ConnectionId id, String inbound, @Nullable String user, InetSocketAddress source, Destination destination,
            @Nullable String sniffedName, Policy policy, Scope scope, Traffic traffic, long openedNanos) {
        this.id = id;
        this.inbound = inbound;
        this.user = user;
        this.source = source;
        this.destination = destination;
        this.sniffedName = sniffedName;
        this.policy = policy;
        this.scope = scope;
        this.traffic = traffic;
        this.openedNanos = openedNanos;
    }

    /** The same connection on its way to another place, such as the server of the next hop, under another policy. */
    public Connection to(Destination next, Policy nextPolicy) {
        return new Connection(id, inbound, user, source, next, sniffedName, nextPolicy, scope, traffic, openedNanos);
    }

    /** The same connection within another scope: one attempt among several, each of which can be cancelled alone. */
    public Connection within(Scope narrower) {
        return new Connection(id, inbound, user, source, destination, sniffedName, policy, narrower, traffic, openedNanos);
    }

    /**
     * The same connection with the name that its first bytes gave away (TLS SNI, HTTP Host); it decides rules, not the target. What
     * is no name (an address, or garbage) leaves the connection as it is.
     */
    public Connection sniffed(String name) {
        try {
            return Host.parse(name) instanceof Host.Name n
                    ? new Connection(id, inbound, user, source, destination, n.value(), policy, scope, traffic, openedNanos)
                    : this;
        } catch (InvalidDestinationException e) {
            return this;
        }
    }

    /** The name in every log line. */
    public ConnectionId id() {
        return id;
    }

    /** The name of the inbound that accepted it. */
    public String inbound() {
        return inbound;
    }

    /** Who authenticated; null where nobody had to. */
    public @Nullable String user() {
        return user;
    }

    /** The client's address; behind a PROXY protocol header the one that the header gives. */
    public InetSocketAddress source() {
        return source;
    }

    /** Where it goes. */
    public Destination destination() {
        return destination;
    }

    /** The name learned from the first bytes; null where none was needed or found. */
    public @Nullable String sniffedName() {
        return sniffedName;
    }

    /** What it may do. */
    public Policy policy() {
        return policy;
    }

    /** The lifetime of everything that belongs to it. */
    public Scope scope() {
        return scope;
    }

    /** Its counters. */
    public Traffic traffic() {
        return traffic;
    }

    /** When it was accepted, {@code System.nanoTime()}. */
    public long openedNanos() {
        return openedNanos;
    }

    /** The event loop of the client's channel: where the target's channel should be registered, too. */
    public EventLoop loop() {
        return (EventLoop) scope.executor();
    }

    @Override
    public String toString() {
        return id + " " + source + " -> " + destination;
    }
}
