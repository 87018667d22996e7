package dev.sluice.proxy;

import dev.sluice.core.CloseReason;
import dev.sluice.core.Connection;
import dev.sluice.core.ConnectionId;
import dev.sluice.core.ConnectionTable;
import dev.sluice.core.Destination;
import dev.sluice.core.Policy;
import dev.sluice.core.Scope;
import dev.sluice.core.Traffic;
import dev.sluice.proxy.InboundObserver.Refusal;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One admitted client of an inbound, before and while it asks for things. An opaque protocol makes one {@link Connection} of it;
 * HTTP makes one for each exchange.
 *
 * <p>Its {@link #scope()} owns the client's channel, and a channel that closes closes the scope, and with it what is being
 * dialled: until {@link #handOver()}, when a relay decides about the end. From the accept to the first connection or exchange the
 * client is in its handshake, which has one deadline over all its steps.
 *
 * <p>Belongs to the client's loop.
 */
public final class ClientSession {
    private static final Logger log = LoggerFactory.getLogger(ClientSession.class);

    private final String inbound;
    private final Channel channel;
    private final InetSocketAddress source;
    private final InetSocketAddress local;
    private final Scope scope;
    private final Users users;
    private final Policy policy;
    private final ConnectionTable table;
    private final InboundObserver observer;
    private final long acceptedNanos;
    private final @Nullable Future<?> deadline;
    private ConnectionId id;
    private boolean idUsed;
    private boolean handedOver;
    private boolean inHandshake = true;
    private @Nullable String user;
    private Users.Slot slot = Users.UNLIMITED;

    /** A session without a deadline for its handshake, that nobody observes. On the channel's loop, where {@code scope} lives, too. */
    public ClientSession(String inbound, Channel channel, InetSocketAddress source, InetSocketAddress local, Scope scope,
            Users users, Policy policy, ConnectionTable table) {
        this(ConnectionId.next(), inbound, channel, source, local, scope, users, policy, table, InboundObserver.NONE,
                System.nanoTime(), null);
    }

    /**
     * An admitted client.
     *
     * @param id its name in log lines, and that of its first connection
     * @param inbound the inbound's name
     * @param channel the client's stream
     * @param source the client's address; behind a PROXY protocol header the one that the header gives
     * @param local the address that the client connected to
     * @param scope owns the channel and everything done for this client
     * @param users who may use the inbound
     * @param policy what its connections may do
     * @param table where connections are shown and counted
     * @param acceptedNanos when it was accepted, {@code System.nanoTime()}
     * @param deadline the timer that ends the handshake; null for none
     */
    ClientSession(ConnectionId id, String inbound, Channel channel, InetSocketAddress source, InetSocketAddress local,
            Scope scope, Users users, Policy policy, ConnectionTable table, InboundObserver observer, long acceptedNanos,
            @Nullable Future<?> deadline) {
        this.id = id;
        this.inbound = inbound;
        this.channel = channel;
        this.source = source;
        this.local = local;
        this.scope = scope;
        this.users = users;
        this.policy = policy;
        this.table = table;
        this.observer = observer;
        this.acceptedNanos = acceptedNanos;
        this.deadline = deadline;
        channel.closeFuture().addListener(f -> gone());
    }

    private void gone() {
        slot.leave();
        boolean left = inHandshake;
        endHandshake();
        if (left && scope.isOpen()) {
            observer.refused(inbound, Refusal.LEFT);
        }
        if (!handedOver) {
            scope.close(CloseReason.of(CloseReason.Kind.PEER_CLOSED, CloseReason.Side.CLIENT, "client left"));
        }
    }

    /** The name in log lines: of the connection or exchange that runs, or of the one to come. */
    ConnectionId id() {
        return id;
    }

    /** The inbound's name. */
    public String inbound() {
        return inbound;
    }

    /** The client's stream. */
    public Channel channel() {
        return channel;
    }

    /** The client's address; behind a PROXY protocol header the one that the header gives. */
    public InetSocketAddress source() {
        return source;
    }

    /** The address that the client connected to. */
    public InetSocketAddress local() {
        return local;
    }

    /** Owns the channel and everything done for this client. */
    public Scope scope() {
        return scope;
    }

    /** Who may use the inbound. */
    public Users users() {
        return users;
    }

    /** What its connections may do. */
    public Policy policy() {
        return policy;
    }

    /** Where connections are shown and counted. */
    public ConnectionTable table() {
        return table;
    }

    /** Who counts what happens at the door. */
    public InboundObserver observer() {
        return observer;
    }

    /** The loop of the client's channel. */
    public EventLoop loop() {
        return channel.eventLoop();
    }

    /**
     * The client's credentials were right: from here on its user's limits hold. To be asked before a connection or exchange is
     * made for the user; cheap where the user is the same as before.
     *
     * @return false where the user has as many connections as he may have; the protocol refuses the request then
     */
    public boolean authenticated(String name) {
        if (name.equals(user)) {
            return true;
        }
        Users.Slot next = channel.isActive() ? users.enter(name) : Users.UNLIMITED;
        if (next == null) {
            observer.refused(inbound, Refusal.USER_LIMIT);
            return false;
        }
        slot.leave();
        slot = next;
        user = name;
        Throttle.forUser(channel, next.rate());
        return true;
    }

    /** The one connection that this client is for (SOCKS, CONNECT, a forwarded port): it lives in the session's own scope. */
    public Connection connection(Destination destination, @Nullable String user) {
        return connection(destination, user, scope, policy);
    }

    /** As {@link #connection}, to a target that the operator wrote himself: it may be private. */
    public Connection trusted(Destination destination) {
        return connection(destination, null, scope, policy.trusted());
    }

    /** One exchange among several of this client, in a scope of its own. */
    public Connection exchange(Destination destination, @Nullable String user) {
        return connection(destination, user, scope.child("exchange"), policy);
    }

    private Connection connection(Destination destination, @Nullable String user, Scope within, Policy may) {
        asked();
        Traffic traffic = table.traffic(inbound, user);
        nextId();
        Connection connection = new Connection(id, inbound, user, source, destination, may, within, traffic);
        table.enter(connection);
        return connection;
    }

    /** A name of its own for each exchange; the first has the client's. */
    ConnectionId nextId() {
        if (idUsed) {
            id = ConnectionId.next();
        }
        idUsed = true;
        return id;
    }

    /** The client has said what it wants: its handshake is over. Making a connection or an exchange says so, too. */
    public void asked() {
        if (inHandshake) {
            endHandshake();
            observer.handshake(inbound, Duration.ofNanos(System.nanoTime() - acceptedNanos));
        }
    }

    private void endHandshake() {
        inHandshake = false;
        if (deadline != null) {
            deadline.cancel(false);
        }
    }

    /**
     * The end of the channel is not the end of the scope any more: to be called right before {@code Dispatcher.carry}, so that
     * the relay's reason is the one that is kept, or by whoever else closes the scope.
     */
    public void handOver() {
        handedOver = true;
    }

    /** Turns the client away without another word: counts it, writes one DEBUG line, closes the scope. */
    public void refuse(Refusal cause, CloseReason reason) {
        refused(cause, reason);
        scope.close(reason);
    }

    /** Counts a request that is answered with a refusal, and writes the DEBUG line; the client may go on. */
    void denied(Refusal cause, CloseReason reason) {
        observer.refused(inbound, cause);
        refused(log, id, inbound, source, cause, reason);
    }

    /** Counts a client that is turned away, and writes the DEBUG line: for protocols that have an answer to send first. */
    void refused(Refusal cause, CloseReason reason) {
        inHandshake = false; // it is not counted once more when it leaves; its deadline stays
        observer.refused(inbound, cause);
        refused(log, id, inbound, source, cause, reason);
    }

    /** The one DEBUG line of a client that is turned away. */
    static void refused(Logger to, ConnectionId id, String inbound, InetSocketAddress source, Refusal cause, CloseReason reason) {
        if (to.isDebugEnabled()) {
            to.atDebug().addKeyValue("conn", id).log("{}: refused {} ({}): {}", inbound, source, cause.label(), reason);
        }
    }

    /** Closes the channel after {@code limit}, unless it has closed by then. */
    void closeWithin(Duration limit, CloseReason reason) {
        Future<?> timer = loop().schedule(() -> scope.close(reason), limit.toNanos(), TimeUnit.NANOSECONDS);
        channel.closeFuture().addListener(f -> timer.cancel(false));
    }

    @Override
    public String toString() {
        return inbound + " " + source;
    }
}
