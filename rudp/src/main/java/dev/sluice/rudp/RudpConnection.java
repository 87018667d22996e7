package dev.sluice.rudp;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.net.StreamChannel;
import dev.sluice.net.Streams;
import dev.sluice.rudp.channel.Endpoint;
import dev.sluice.rudp.channel.RudpStreamChannel;
import dev.sluice.rudp.channel.Session;
import dev.sluice.rudp.channel.SessionListener;
import dev.sluice.rudp.protocol.ConnectionStats;
import dev.sluice.rudp.protocol.crypto.PublicKey;
import dev.sluice.stream.Stream;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection: streams in both directions, unreliable datagrams, and a peer that is known by its key. Methods that give a
 * {@link Future} never wait and serve programs of Netty; the others wait, and are not for event loops. Any thread.
 */
public final class RudpConnection implements AutoCloseable {
    /** Datagrams that wait for {@link #receiveDatagram}: beyond it the newest is dropped, as in a socket. */
    private static final int DATAGRAMS = 1024;

    private final Session session;
    private final EventLoop loop;
    private final Duration linger;
    private final boolean proofWanted;
    private final Promise<RudpConnection> ready;
    private final Promise<CloseReason> closing;
    private final Promise<Void> closed;
    private final Handover<RudpStreamChannel> streams;
    private final Handover<byte[]> datagrams;
    private @Nullable Endpoint endpoint;
    private volatile InetSocketAddress remote;
    private volatile InetSocketAddress local = new InetSocketAddress(0);

    private RudpConnection(Session session, Duration linger, boolean proofWanted) {
        this.session = session;
        this.proofWanted = proofWanted;
        this.linger = linger;
        loop = session.loop();
        ready = loop.newPromise();
        closing = loop.newPromise();
        closed = loop.newPromise();
        streams = new Handover<>(loop, Integer.MAX_VALUE); // bounded by what the peer may open
        datagrams = new Handover<>(loop, DATAGRAMS);
        remote = session.remoteAddress();
    }

    /**
     * Of a session that has just begun. On its loop.
     *
     * @param proofWanted the peer shows that it knows the secret only by its first packet after the handshake
     */
    static RudpConnection of(Session session, Duration linger, boolean proofWanted) {
        RudpConnection connection = new RudpConnection(session, linger, proofWanted);
        session.attach(connection.new Listener(), connection);
        return connection;
    }

    /** Done when the peer is authenticated; fails with one readable line. */
    Future<RudpConnection> ready() {
        return ready;
    }

    /** A client's connection has an endpoint of its own: everything is freed when that is closed. */
    void freedWith(Endpoint its) {
        endpoint = its;
        its.closed().addListener(f -> closed.trySuccess(null));
    }

    // Streams.

    /**
     * Opens a stream; waits while the peer allows no more. The peer hears of it at once, though nothing is written, so that it can speak
     * first.
     *
     * @throws IOException where the connection is over or being closed, before or meanwhile, with the reason as message; an
     *         {@link java.io.InterruptedIOException} where the thread was interrupted, as from all that waits here
     */
    public Stream openStream() throws IOException {
        return Streams.of(Blocking.await(loop, openChannel()));
    }

    /**
     * Waits for the next stream that the peer opens.
     *
     * @throws IOException where the connection is over and every stream that came before was taken, with the reason as message
     */
    public Stream acceptStream() throws IOException {
        return Streams.of(Blocking.await(loop, streams.next()));
    }

    /** Opens a stream as a channel on {@link #loop}, with a hold at the end of its pipeline. */
    public Future<StreamChannel> openChannel() {
        Promise<StreamChannel> opened = loop.newPromise();
        OnLoop.run(loop, opened, session::failure, () -> session.open().addListener((Future<RudpStreamChannel> f) -> {
            if (!f.isSuccess()) {
                opened.tryFailure(f.cause());
            } else if (!opened.trySuccess(f.getNow())) {
                f.getNow().close();
            }
        }));
        return opened;
    }

    /** From now on each stream that the peer opens goes to {@code accepted} and not to {@link #acceptStream}; on {@link #loop}. */
    public void onChannel(Consumer<StreamChannel> accepted) {
        streams.giveTo(Objects.requireNonNull(accepted, "accepted"));
    }

    // Datagrams.

    /**
     * Sends an unreliable datagram. Dropped and counted ({@link ConnectionStats#datagramsDropped}) where there is no room, where it is larger
     * than {@link #maxDatagram} or than the peer takes, and where the connection is over. The array must not be changed afterwards.
     */
    public void sendDatagram(byte[] datagram) {
        Objects.requireNonNull(datagram, "datagram");
        OnLoop.run(loop, () -> session.send(datagram));
    }

    /** Bytes of the largest datagram that fits now, roughly: paths change. */
    public int maxDatagram() {
        return ask(() -> session.connection().maxMessage(), 0);
    }

    /**
     * Waits for the next datagram.
     *
     * @throws IOException where the connection is over and every datagram that came before was taken, with the reason as message
     */
    public byte[] receiveDatagram() throws IOException {
        return Blocking.await(loop, datagrams.next());
    }

    /** From now on each datagram goes to {@code received} and not to {@link #receiveDatagram}; on {@link #loop}. */
    public void onDatagram(Consumer<byte[]> received) {
        datagrams.giveTo(Objects.requireNonNull(received, "received"));
    }

    // The connection.

    /** The peer's key; null where it has none that is known yet. */
    public @Nullable PublicKey peerKey() {
        return this.<@Nullable PublicKey>ask(() -> session.connection().peerKey(), null);
    }

    /** What was done so far; null once the loop has ended. */
    public @Nullable ConnectionStats statistics() {
        return this.<@Nullable ConnectionStats>ask(() -> session.connection().stats(), null);
    }

    /** Where the peer is now. */
    public InetSocketAddress remoteAddress() {
        return ask(session::remoteAddress, remote);
    }

    /**
     * Our address towards the peer now: where the socket is bound to all of them, the one that the system would use. That of a stream, or
     * of its socket, is the one at the time when it was first asked.
     */
    public InetSocketAddress localAddress() {
        return ask(session::localAddress, local);
    }

    /** The loop that everything of this connection happens on. */
    public EventLoop loop() {
        return loop;
    }

    /**
     * Moves to another address of the server. Data goes the old way until the new one is proved, which takes a round trip; where nobody
     * answers there within three probe time-outs, of at least 1 s each, this fails and the old path stays. A thread that is interrupted
     * does not stop the move. For clients.
     *
     * @throws IOException where nobody answers; at once where the address is not resolved ({@link java.net.UnknownHostException}), the
     *         system knows no way there ({@link java.net.NoRouteToHostException}), another move is under way, the connection does not
     *         stand, or this is the server
     */
    public void migrate(InetSocketAddress newRemote) throws IOException {
        Blocking.await(loop, migrateAsync(newRemote));
    }

    /** As {@link #migrate}, without waiting. */
    public Future<Void> migrateAsync(InetSocketAddress newRemote) {
        Objects.requireNonNull(newRemote, "newRemote");
        Promise<Void> done = loop.newPromise();
        IOException fault = Addresses.fault(newRemote);
        if (fault != null) {
            return done.setFailure(fault);
        }
        OnLoop.run(loop, done, session::failure, () -> pass(session.migrate(newRemote), done));
        return done;
    }

    /**
     * Moves to another local address, as {@link #migrate} does and within the same time; port 0 lets the system choose. For clients.
     *
     * @throws IOException as from {@link #migrate}; at once, too, where the address cannot be bound ({@link java.net.BindException})
     */
    public void rebind(InetSocketAddress newLocal) throws IOException {
        Blocking.await(loop, rebindAsync(newLocal));
    }

    /** As {@link #rebind}, without waiting. */
    public Future<Void> rebindAsync(InetSocketAddress newLocal) {
        Objects.requireNonNull(newLocal, "newLocal");
        Promise<Void> done = loop.newPromise();
        OnLoop.run(loop, done, session::failure, () -> pass(session.rebind(newLocal), done));
        return done;
    }

    private static void pass(Future<Void> from, Promise<Void> to) {
        from.addListener((Future<Void> f) -> {
            if (f.isSuccess()) {
                to.trySuccess(null);
            } else {
                to.tryFailure(f.cause());
            }
        });
    }

    /**
     * Closes: what was written is delivered within the configured linger, then the peer hears the reason. Streams that are still open
     * end with it. Does not wait.
     */
    public void close(String reason) {
        close(CloseReason.of(Kind.CANCELLED, Side.SELF, Objects.requireNonNull(reason, "reason")));
    }

    void close(CloseReason reason) {
        OnLoop.run(loop, () -> session.close(reason, linger));
    }

    @Override
    public void close() {
        close("");
    }

    /** Whether it can still carry data. */
    public boolean isOpen() {
        return !closing.isDone();
    }

    /** Done, with why, as soon as the connection can carry nothing more. */
    public Future<CloseReason> closing() {
        return closing;
    }

    /** Done when everything is freed. */
    public Future<?> closed() {
        return closed;
    }

    private <T extends @Nullable Object> T ask(Callable<T> question, T otherwise) {
        try {
            return loop.inEventLoop() ? question.call() : loop.submit(question).get();
        } catch (Exception e) {
            return otherwise; // the loop has ended, and the connection with it
        }
    }

    /** As if the system had closed our socket. */
    void closeSocketUnderneath() {
        Endpoint its = endpoint;
        if (its != null) {
            OnLoop.run(loop, its::closeSocketsUnderneath);
        }
    }

    @Override
    public String toString() {
        return "rudp connection to " + remote;
    }

    private final class Listener implements SessionListener {
        @Override
        public void established() {
            if (!proofWanted) {
                ready.trySuccess(RudpConnection.this);
            }
        }

        @Override
        public void confirmed() {
            ready.trySuccess(RudpConnection.this);
        }

        @Override
        public void opened(RudpStreamChannel stream) {
            ready.trySuccess(RudpConnection.this); // early data: it can be read before the peer has shown that it is there
            streams.offer(stream);
        }

        @Override
        public void datagram(byte[] bytes) {
            datagrams.offer(bytes);
        }

        @Override
        public void over(CloseReason reason) {
            remote = session.remoteAddress();
            local = session.localAddress();
            IOException failure = Session.failure(reason);
            ready.tryFailure(failure);
            streams.end(failure);
            datagrams.end(failure);
            closing.trySuccess(reason);
        }

        @Override
        public void gone() {
            streams.drain(RudpStreamChannel::close);
            if (endpoint == null) {
                closed.trySuccess(null);
            }
        }
    }
}
