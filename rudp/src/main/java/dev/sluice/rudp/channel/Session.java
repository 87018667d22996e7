package dev.sluice.rudp.channel;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.net.ReadHold;
import dev.sluice.rudp.protocol.CloseCause;
import dev.sluice.rudp.protocol.Connection;
import dev.sluice.rudp.protocol.ConnectionEvent;
import dev.sluice.rudp.protocol.ConnectionStats;
import dev.sluice.rudp.protocol.DatagramBatch;
import dev.sluice.rudp.protocol.LongMap;
import dev.sluice.rudp.protocol.NetworkPath;
import dev.sluice.rudp.protocol.StreamMemory;
import io.netty.channel.EventLoop;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One connection on its endpoint: passes what happens to the state machine, and what that says to streams, socket and listener. Every
 * change ends in {@link #touch}; the endpoint then calls {@link #drive}, once for a whole burst of datagrams or writes.
 *
 * <p>Belongs to the endpoint's loop, and so do its streams.
 */
public final class Session {
    /** So long a new stream waits for its first bytes before the peer is told of it without. */
    private static final long OPENING_NANOS = 1_000_000;

    private final Endpoint endpoint;
    private final Connection connection;
    private final LongMap<RudpStreamChannel> streams = new LongMap<>();
    private final ArrayDeque<Promise<RudpStreamChannel>> opening = new ArrayDeque<>();
    private final ArrayDeque<RudpStreamChannel> refusals = new ArrayDeque<>();
    private @Nullable SessionListener listener;
    private @Nullable Object attachment;
    private @Nullable Move move;
    private volatile @Nullable Local local;
    private @Nullable CloseReason over;
    private @Nullable CloseReason closing;
    private boolean opens;
    private boolean confirmed;
    private boolean forced;
    private boolean terminated;
    private boolean gone;

    // What Turns knows of it.

    /** Where it stands in the {@link DeadlineHeap}; -1 for not in it. */
    int place = -1;
    long deadline;
    /** Its turn will come. */
    boolean touched;
    /** It waits for the system to take datagrams. */
    boolean blocked;

    /** What {@link Metering} knows of it. */
    @Nullable
    ConnectionStats told;
    boolean metered;

    /** Our address on a path. */
    private record Local(NetworkPath path, InetSocketAddress address) {}

    /** A migration that is under way. */
    private record Move(NetworkPath path, Promise<Void> done, @Nullable UdpPort port) {}

    Session(Endpoint endpoint, Connection connection) {
        this.endpoint = endpoint;
        this.connection = connection;
    }

    /** Whoever hears of this connection, at once when it begins; and what leads from a stream back to it. */
    public void attach(SessionListener hears, Object is) {
        listener = hears;
        attachment = is;
    }

    @Nullable
    Object attachment() {
        return attachment;
    }

    /** The state machine. */
    public Connection connection() {
        return connection;
    }

    /** The loop that all of this belongs to. */
    public EventLoop loop() {
        return endpoint.loop();
    }

    /** Where the peer is. */
    public InetSocketAddress remoteAddress() {
        return connection.path().remote();
    }

    /** Our address towards the peer. On another thread the last one that the loop has asked {@link Route} for. */
    public InetSocketAddress localAddress() {
        NetworkPath path = connection.path();
        Local known = local;
        if (!loop().inEventLoop() || over != null || (known != null && known.path.equals(path))) {
            return known != null ? known.address : endpoint.address(path.socket());
        }
        InetSocketAddress bound = endpoint.address(path.socket());
        try {
            bound = new InetSocketAddress(Route.localAddress(bound, path.remote()), bound.getPort());
        } catch (NoRouteToHostException e) {
            // there was one before, and may be again
        }
        local = new Local(path, bound);
        return bound;
    }

    StreamMemory memory() {
        return endpoint.memory();
    }

    void touch() {
        endpoint.touch(this);
    }

    /** After a write; {@code refused}: the channel is to hear so, but not within that write. */
    void touch(RudpStreamChannel stream, boolean refused) {
        if (refused) {
            refusals.add(stream);
        }
        touch();
    }

    void later(Runnable task) {
        loop().execute(task);
    }

    // ---- what the application wants

    /** A new stream; waits while the peer allows no more. */
    public Future<RudpStreamChannel> open() {
        Promise<RudpStreamChannel> opened = loop().newPromise();
        if (over != null || closing != null) {
            return opened.setFailure(failure());
        }
        opening.add(opened);
        openWaiting();
        return opened;
    }

    private void openWaiting() {
        while (!opening.isEmpty()) {
            if (opening.element().isCancelled()) {
                opening.remove();
                continue;
            }
            long id = connection.open();
            if (id == Connection.NO_STREAM) {
                return;
            }
            RudpStreamChannel stream = stream(id);
            if (!opening.remove().trySuccess(stream)) {
                stream.close();
            }
            tellOpened();
        }
    }

    /** The peer hears of new streams even if nobody writes; what another thread writes first shares their packet. */
    private void tellOpened() {
        if (!opens) {
            opens = true;
            loop().schedule(() -> {
                opens = false;
                if (over == null) {
                    touch();
                }
            }, OPENING_NANOS, TimeUnit.NANOSECONDS);
        }
    }

    private RudpStreamChannel stream(long id) {
        localAddress(); // or other threads that ask the stream get that of an earlier path
        RudpStreamChannel stream = new RudpStreamChannel(this, id);
        streams.putIfAbsent(id, stream);
        loop().register(stream);
        ReadHold.install(stream, 0, null);
        return stream;
    }

    void leave(long stream) {
        streams.remove(stream);
        touch();
    }

    /** Sends an unreliable datagram. */
    public void send(byte[] datagram) {
        connection.sendMessage(datagram);
        touch();
    }

    /** Moves to another address of the peer. */
    public Future<Void> migrate(InetSocketAddress remote) {
        Promise<Void> done = loop().newPromise();
        move(new Move(new NetworkPath(connection.path().socket(), remote), done, null));
        return done;
    }

    /** Moves to a socket of its own at {@code local}. */
    public Future<Void> rebind(InetSocketAddress local) {
        Promise<Void> done = loop().newPromise();
        endpoint.openPort(local).addListener((Future<UdpPort> opened) -> {
            if (!opened.isSuccess()) {
                done.tryFailure(opened.cause());
                return;
            }
            UdpPort port = opened.getNow();
            move(new Move(new NetworkPath(port.number(), connection.path().remote()), done, port));
        });
        return done;
    }

    private void move(Move wanted) {
        Move before = move;
        String why = !connection.isClient()
                ? "only the client of a connection can move"
                : before != null
                        ? "another move is under way"
                        : !connection.isEstablished() ? "the connection does not stand" : null;
        if (why != null) {
            fail(wanted, new IOException(why));
            return;
        }
        try {
            Route.localAddress(endpoint.address(wanted.path.socket()), wanted.path.remote());
        } catch (NoRouteToHostException e) {
            fail(wanted, e);
            return;
        }
        connection.migrate(System.nanoTime(), wanted.path);
        move = wanted;
        touch();
    }

    private void fail(Move failed, IOException why) {
        if (failed.port != null) {
            endpoint.closePort(failed.port);
        }
        failed.done.tryFailure(why);
    }

    private void moved(NetworkPath path, boolean success) {
        Move wanted = move;
        if (wanted == null || !wanted.path.equals(path)) {
            return;
        }
        move = null;
        if (success) {
            endpoint.closePortsBut(path.socket());
            wanted.done.trySuccess(null);
        } else {
            fail(wanted, new IOException(
                    "nobody answered at " + NetUtil.toSocketAddressString(path.remote()) + ": the old path stays"));
        }
    }

    /** Closes: what was written is delivered within {@code linger}, then the peer hears the reason. */
    public void close(CloseReason reason, Duration linger) {
        forced = true;
        if (over != null) {
            dropStreams(over, false);
            touch();
            return;
        }
        if (closing != null) {
            return;
        }
        closing = reason;
        failOpening();
        loop().schedule(this::closeNow, linger.toNanos(), TimeUnit.NANOSECONDS);
        touch();
    }

    private void closeNow() {
        CloseReason reason = closing;
        if (reason != null && over == null) {
            connection.close(System.nanoTime(), 0, reason.detail());
            touch();
        }
    }

    private boolean flushed() {
        boolean[] waits = {false};
        streams.forEach(stream -> waits[0] |= stream.hasUnsent());
        return !waits[0] && (connection.isFlushed() || !connection.isEstablished());
    }

    // ---- what the endpoint calls

    void onDatagram(long now, NetworkPath path, byte[] bytes, int length) {
        connection.onDatagram(now, path, 0, bytes, 0, length);
    }

    /**
     * Passes on what the state machine has to say, and sends what is due, at most {@code most} batches; returns whether there may be
     * more to send at once.
     */
    boolean drive(long now, DatagramBatch batch, int most) {
        tell();
        int batches = 0;
        boolean more = most == 0;
        while (!terminated && batches < most && connection.poll(now, batch)) {
            UdpPort port = endpoint.port(batch.path().socket());
            if (port != null) {
                port.send(batch);
            }
            if (++batches >= most || (port != null && !port.writable())) {
                more = true;
                break;
            }
        }
        if (batches > 0) {
            tell();
        }
        if (closing != null && over == null && flushed()) {
            closeNow();
        }
        return more;
    }

    private void tell() {
        for (ConnectionEvent event = connection.pollEvent(); event != null; event = connection.pollEvent()) {
            onEvent(event);
        }
        if (!confirmed && connection.isConfirmed()) {
            confirmed = true;
            if (listener != null) {
                listener.confirmed();
            }
        }
        for (long id = connection.accept(); id != Connection.NO_STREAM; id = connection.accept()) {
            SessionListener hears = listener;
            RudpStreamChannel stream = stream(id);
            if (hears != null && over == null) {
                hears.opened(stream);
            }
        }
        for (long id = connection.nextReadable(); id != Connection.NO_STREAM; id = connection.nextReadable()) {
            RudpStreamChannel stream = streams.get(id);
            if (stream != null) {
                stream.onReadable();
            }
        }
        for (long id = connection.nextWritable(); id != Connection.NO_STREAM; id = connection.nextWritable()) {
            RudpStreamChannel stream = streams.get(id);
            if (stream != null) {
                stream.onWritable();
            }
        }
        for (RudpStreamChannel stream = refusals.poll(); stream != null; stream = refusals.poll()) {
            stream.finishRefusal();
        }
        SessionListener hears = listener;
        if (hears != null) {
            for (byte[] message = connection.receiveMessage(); message != null; message = connection.receiveMessage()) {
                hears.datagram(message);
            }
        }
    }

    private void onEvent(ConnectionEvent event) {
        if (event instanceof ConnectionEvent.Established) {
            if (listener != null) {
                listener.established();
            }
            openWaiting();
        } else if (event instanceof ConnectionEvent.StreamsAvailable) {
            openWaiting();
        } else if (event instanceof ConnectionEvent.Migrated migrated) {
            moved(migrated.path(), true);
        } else if (event instanceof ConnectionEvent.MigrationFailed failed) {
            moved(failed.path(), false);
        } else if (event instanceof ConnectionEvent.Closed closed) {
            onClosed(closed.cause());
        }
    }

    private void onClosed(CloseCause cause) {
        CloseReason wanted = closing;
        CloseReason why = cause.kind() == CloseCause.Kind.LOCAL && wanted != null
                ? wanted
                : CloseCauses.reason(cause, remoteAddress(), endpoint.handshakeTimeout());
        over = why;
        failOpening();
        Move unfinished = move;
        if (unfinished != null) {
            move = null;
            fail(unfinished, failure());
        }
        dropStreams(CloseCauses.ofStreams(why), !forced);
        if (listener != null) {
            listener.over(why);
        }
    }

    /** {@code deliver}: what came can still be read. */
    private void dropStreams(CloseReason why, boolean deliver) {
        List<RudpStreamChannel> all = new ArrayList<>();
        streams.forEach(all::add);
        all.forEach(stream -> stream.onConnectionOver(why, deliver));
    }

    private void failOpening() {
        for (Promise<RudpStreamChannel> waiting = opening.poll(); waiting != null; waiting = opening.poll()) {
            waiting.tryFailure(failure());
        }
    }

    /** What whoever still wants something gets. */
    public IOException failure() {
        CloseReason why = over != null ? over : closing;
        return failure(why == null ? CloseReason.of(Kind.CANCELLED, Side.SELF, "closed") : why);
    }

    /** A reason as an exception in one readable line. */
    public static IOException failure(CloseReason why) {
        return why.kind() == Kind.TIMEOUT || why.kind() == Kind.IDLE
                ? (IOException) new SocketTimeoutException(why.detail()).initCause(new RudpClosedException(why))
                : new RudpClosedException(why);
    }

    /** When the endpoint is to come back. */
    long nextTimeout(long now) {
        return connection.nextTimeout(now);
    }

    void onTimeout(long now) {
        connection.onTimeout(now);
    }

    /** Whether the endpoint can forget it: the protocol is done, and nobody can read any more. */
    boolean finished() {
        terminated |= connection.isTerminated();
        return terminated && (streams.size() == 0 || gone);
    }

    boolean terminated() {
        return connection.isTerminated();
    }

    /** At the very end. */
    void forget() {
        if (!gone) {
            gone = true;
            if (listener != null) {
                listener.gone();
            }
        }
    }

    /** As a process that is killed: nobody hears of it. */
    void vanish(CloseReason why) {
        forced = true;
        over = why;
        terminated = true;
        failOpening();
        dropStreams(why, false);
        if (listener != null) {
            listener.over(why);
        }
        forget();
    }
}
