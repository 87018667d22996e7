package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.crypto.PublicKey;
import dev.sluice.rudp.protocol.wire.ConnectionId;
import dev.sluice.rudp.protocol.wire.ProtocolViolation;
import dev.sluice.rudp.protocol.wire.ShortHeader;
import dev.sluice.rudp.protocol.wire.TransportParameters;
import java.util.ArrayDeque;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One connection, as a state machine: datagrams and the time go in, datagrams and deadlines come out. It has no socket, thread or clock;
 * its owner's thread calls it, one call at a time. The wire format is in {@code PROTOCOL.md}; loss recovery follows RFC 9002, paths and
 * their validation RFC 9000.
 *
 * <p>Kinds of methods, and their order:
 * <ul>
 * <li>what happens outside: {@link #onDatagram}, and {@link #onTimeout} when {@link #nextTimeout} has come. {@code now} is in ns and
 * never goes back;
 * <li>what the application wants: {@link #open}, {@link #write}, {@link #read}, {@link #finish}, ... {@link #close};
 * <li>after any of them, {@link #poll} until it gives nothing, {@link #pollEvent}, {@link #accept}, {@link #nextReadable} and
 * {@link #nextWritable} until they are empty, then {@link #nextTimeout} again.
 * </ul>
 *
 * <pre>
 * HANDSHAKE --> ESTABLISHED --> CLOSING (we closed: the close is repeated) ------> TERMINATED
 *     |              `--------> DRAINING (the peer closed: silence) ------------->     ^
 *     `------------------------------------------------------------------------------'
 * </pre>
 */
public final class Connection {
    /** No stream; see {@link #open}, {@link #accept}, {@link #nextReadable}, {@link #nextWritable}. */
    public static final long NO_STREAM = Streams.NONE;
    /** {@link #read}: every byte was read, and the end. */
    public static final int END = ReceiveHalf.END;
    /** {@link #read}: the peer gave the stream up. */
    public static final int RESET = ReceiveHalf.RESET;
    /** {@link #write}: the stream's output is over. {@link #read}: the connection ended before the stream did. */
    public static final int CLOSED = -3;
    /** {@link #nextTimeout}: nothing to wait for. */
    public static final long NEVER = Long.MAX_VALUE;

    private static final int ECN_MASK = 3;

    enum State {
        HANDSHAKE, ESTABLISHED, CLOSING, DRAINING, TERMINATED
    }

    final boolean client;
    final ConnectionConfig config;
    final ConnectionIds ids;
    final ConnectionObserver observer;
    final Counters counters = new Counters();
    final SentPackets packets = new SentPackets();
    final CarriedItems carried = new CarriedItems(this);
    final LossRecovery recovery = new LossRecovery(packets, carried);
    final AckTracker acks;
    final Streams streams;
    final Messages messages;
    final LocalIds localIds;
    final RemoteIds remoteIds = new RemoteIds();
    final Paths paths;
    final PacketAssembler assembler;
    final PacketReceiver receiver;
    final PacketSender sender = new PacketSender(this);
    final ArrayDeque<ConnectionEvent> events = new ArrayDeque<>();
    final ConnectionId originalId;
    final Hello hello;
    final HandshakeFlow handshake;
    final Liveness liveness;

    State state = State.HANDSHAKE;
    boolean establishedTold;
    @Nullable
    PacketKeys keys;
    @Nullable
    PacketKeys earlyKeys;
    boolean earlyAccepted;
    /** The server proves itself by its first message already: it has what only the server with this key can have. */
    boolean provenByMessage;
    @Nullable
    TransportParameters peer;
    @Nullable
    Repair repair;
    @Nullable
    CloseCause cause;
    boolean closeDue;
    boolean closeByApplication;
    int closeAnswers;
    int closeIgnored;

    final long startedAt;
    long endsAt = NEVER;
    boolean wantsMore;
    int ackThreshold = 2;
    long ackFrequencyAt;

    // ---- making one

    /**
     * A client's connection; poll it for its first datagrams.
     *
     * @param memory shared by the connections of a thread
     * @param ids gives it its IDs, the first at once
     * @param handshakes keys and secrets
     * @param wallMillis milliseconds since 1970, told to the server if there is early data
     * @param random unpredictable where the peer is real
     */
    public static Connection connect(long now, NetworkPath path, ConnectionConfig config, StreamMemory memory,
            HandshakeProvider handshakes, ConnectionIds ids, long wallMillis, RandomGenerator random,
            ConnectionObserver observer) {
        return new Connection(now, path, config, memory, handshakes, ids, wallMillis, random, observer);
    }

    private Connection(long now, NetworkPath path, ConnectionConfig config, StreamMemory memory, HandshakeProvider handshakes,
            ConnectionIds ids, long wallMillis, RandomGenerator random, ConnectionObserver observer) {
        this(now, true, path, ConnectionId.create(random.nextInt(256), random), config, memory, ids, random, observer,
                self -> handshakes.client(self), wallMillis, handshakes.suite(), null);
    }

    /** A server's connection, made by {@link Acceptor} of a first packet that was found good. */
    Connection(long now, NetworkPath path, ConnectionConfig config, StreamMemory memory, Acceptor.FirstPacket first,
            ConnectionIds ids, RandomGenerator random, ConnectionObserver observer) {
        this(now, false, path, first.original(), config, memory, ids, random, observer, self -> first.session(), 0, first.suite(),
                first);
    }

    private Connection(long now, boolean client, NetworkPath path, ConnectionId originalId, ConnectionConfig config,
            StreamMemory memory, ConnectionIds ids, RandomGenerator random, ConnectionObserver observer,
            Function<ConnectionId, HandshakeSession> sessions, long wallMillis, int suite,
            Acceptor.@Nullable FirstPacket first) {
        this.client = client;
        this.config = config;
        this.ids = ids;
        this.observer = observer;
        this.originalId = originalId;
        startedAt = now;
        liveness = new Liveness(config, now);
        acks = new AckTracker(config.maxAckDelay);
        streams = new Streams(client, config, memory, counters);
        messages = new Messages(config.datagramBuffer, counters);
        localIds = new LocalIds(ids, ids.issue(this));
        paths = new Paths(config, remoteIds, path, first == null ? originalId : first.client());
        paths.current().setPacing(now);
        assembler = new PacketAssembler(packets, recovery, acks, streams, messages, localIds, remoteIds, random, counters,
                observer);
        receiver = new PacketReceiver(this, memory);
        HandshakeSession session = sessions.apply(localIds.first());
        hello = hello(first == null ? config.earlyData && session.confidential() : first.early(), wallMillis);
        if (first == null) {
            provenByMessage = session.confidential();
            handshake = HandshakeFlow.client(suite, session, hello);
            beginAsClient(session);
        } else {
            handshake = HandshakeFlow.server(suite, session, first.payload());
            beginAsServer(now, session, first);
        }
    }

    private void beginAsClient(HandshakeSession session) {
        paths.current().validated = true;
        if (hello.early()) {
            earlyKeys = session.earlyKeys();
            assembler.earlyKeys(earlyKeys);
            streams.onPeerLimits(ConnectionConfig.EARLY_MAX_DATA, ConnectionConfig.EARLY_MAX_DATA,
                    ConnectionConfig.EARLY_MAX_STREAMS);
        }
    }

    private void beginAsServer(long now, HandshakeSession session, Acceptor.FirstPacket first) {
        remoteIds.first(first.client(), null);
        paths.current().validated = first.addressProven();
        earlyAccepted = first.early();
        if (earlyAccepted) {
            earlyKeys = session.earlyKeys();
        }
        try {
            handshake.answer(hello);
            receiver.onHandshakeProgress(now);
        } catch (ProtocolViolation violation) {
            localIds.free();
            throw violation;
        }
    }

    private Hello hello(boolean early, long wallMillis) {
        return new Hello(early, wallMillis,
                new TransportParameters(config.connectionWindow, config.streamWindow, config.maxStreams,
                        config.idleTimeout / 1_000_000, config.maxAckDelay / 1000, config.datagramBuffer > 0 ? 65_000 : 0,
                        config.maxPacket,
                        RemoteIds.LIMIT, config.fec, localIds.first(), ids.resetToken(localIds.first())));
    }

    // ---- what comes in

    /**
     * A datagram for this connection.
     *
     * @param path where it came from, and by which socket
     * @param ecn the two bits of its IP header, 0 where they cannot be read
     * @param datagram is changed
     */
    public void onDatagram(long now, NetworkPath path, int ecn, byte[] datagram, int offset, int length) {
        if (state == State.TERMINATED) {
            return;
        }
        counters.bytesReceived += length;
        Path from = paths.find(path);
        if (from == null && client) {
            counters.packetsDropped++;
            observer.packetDropped(now, length, "unknown path");
            return;
        }
        receiver.reserve(length);
        try {
            receiver.packets(now, path, from, ecn & ECN_MASK, datagram, offset, length);
        } catch (ProtocolViolation violation) {
            end(now, new CloseCause(CloseCause.Kind.VIOLATION, violation.code().wire(), String.valueOf(violation.getMessage())),
                    true,
                    false);
        }
    }

    /**
     * A datagram from this connection's peer with a connection ID that nobody knows: perhaps a stateless reset, which has no ID. An endpoint
     * offers such datagrams to the connections that are with the address it came from.
     *
     * @return whether it was, and this connection is over now
     */
    public boolean onStatelessReset(long now, byte[] datagram, int offset, int length) {
        if (over() || !remoteIds.isReset(datagram, offset, length)) {
            return false;
        }
        end(now, new CloseCause(CloseCause.Kind.STATELESS_RESET, 0, "the peer does not know the connection"), false, true);
        return true;
    }

    // ---- what goes out

    /**
     * Writes datagrams that are to leave now, all for one path, into a batch; call until it returns false. A batch is no larger than what
     * pacing allows at this moment.
     */
    public boolean poll(long now, DatagramBatch batch) {
        batch.clear();
        if (state == State.TERMINATED || state == State.DRAINING) {
            return false;
        }
        if (closeDue) {
            return sender.pollClose(batch);
        }
        if (state == State.CLOSING) {
            return false;
        }
        if (handshake.state() != HandshakeFlow.State.CONFIRMED && sender.pollHandshake(now, batch)) {
            return true;
        }
        if (!assembler.hasKeys()) {
            return false;
        }
        return (!assembler.early() && sender.pollPaths(now, batch)) || sender.pollData(now, batch);
    }

    // ---- time

    /** When {@link #onTimeout} is to be called, ns; {@link #NEVER} for not at all. {@code now} where {@link #poll} has more to give. */
    public long nextTimeout(long now) {
        if (state == State.TERMINATED) {
            return NEVER;
        }
        if (state == State.CLOSING || state == State.DRAINING) {
            return endsAt;
        }
        long timer = Math.min(idleDeadline(), localIds.timer());
        if (handshake.state() != HandshakeFlow.State.CONFIRMED) {
            timer = Math.min(timer, Math.min(handshake.timer(), startedAt + config.handshakeTimeout));
        }
        if (!assembler.hasKeys()) {
            return timer;
        }
        timer = Math.min(timer, paths.timer());
        if (paths.current().allowance() < ConnectionConfig.MIN_PACKET) {
            return timer; // nothing may be sent: only the peer can change that
        }
        timer = Math.min(timer, recovery.timer(paths.current()));
        timer = Math.min(timer, acks.deadline());
        timer = Math.min(timer, liveness.askAt(quiet()));
        Path path = paths.current();
        if (wantsMore && path.room() >= path.mtu.current() && path.allowance() >= path.mtu.current()) {
            timer = Math.min(timer, path.pacer.nextSend(now));
        }
        return timer;
    }

    private long idleDeadline() {
        return liveness.idleDeadline(state == State.ESTABLISHED, probeTimeout());
    }

    /** Whether nothing is under way, or about to be, that makes the peer answer. */
    private boolean quiet() {
        return state == State.ESTABLISHED && !recovery.somethingOutstanding() && !assembler.pingDue;
    }

    /** The time has come. Calling it too early or more often does no harm. */
    public void onTimeout(long now) {
        switch (state) {
            case TERMINATED -> {
                return;
            }
            case CLOSING, DRAINING -> {
                if (now >= endsAt) {
                    terminate();
                }
                return;
            }
            default -> {
            }
        }
        localIds.onTimeout(now);
        if (now >= idleDeadline()) {
            end(now, new CloseCause(CloseCause.Kind.IDLE, 0, "nothing came for too long"), false, false);
            return;
        }
        if (handshake.state() != HandshakeFlow.State.CONFIRMED) {
            handshake.onTimeout(now);
            if (now >= startedAt + config.handshakeTimeout) {
                end(now, new CloseCause(CloseCause.Kind.HANDSHAKE_TIMEOUT, 0, "no genuine answer in time"), false, false);
                return;
            }
        }
        if (liveness.onTimeout(now, quiet())) {
            assembler.pingDue = true;
        }
        if (assembler.hasKeys() && recovery.onTimeout(now, paths.current())) {
            counters.probeTimeouts++;
            observer.probeTimeout(now, recovery.probeCount());
        }
        Path failed = paths.onTimeout(now);
        if (failed != null) {
            observer.stateChanged(now, "migration failed", failed.address.toString());
            events.add(new ConnectionEvent.MigrationFailed(failed.address));
        }
    }

    long probeTimeout() {
        return paths.current().rtt.probeTimeout(recovery.peerAckDelay());
    }

    long grace() {
        return 3 * probeTimeout();
    }

    // ---- streams and messages

    /**
     * Opens a stream. The peer hears of it by the next packet, together with what is written until then.
     *
     * @return {@link #NO_STREAM} where the peer allows no more now, see {@link ConnectionEvent.StreamsAvailable}
     */
    public long open() {
        return over() ? NO_STREAM : streams.open();
    }

    /** The next stream that the peer has opened, or {@link #NO_STREAM}. */
    public long accept() {
        return streams.accept();
    }

    /**
     * Writes bytes; what is accepted will be delivered unless the stream or connection fails.
     *
     * @return how many bytes were accepted, perhaps 0; {@link #nextWritable} names the stream when there is room again. {@link #CLOSED}
     *         after {@link #finish}, {@link #reset}, the peer's stop, or the end of the connection
     */
    public int write(long stream, ByteSource bytes, int length) {
        int written = over() ? Streams.CLOSED : streams.write(stream, bytes, length, paths.current().congestion.window());
        return written < 0 ? CLOSED : written;
    }

    /** {@link #write(long, ByteSource, int)} of a part of an array. */
    public int write(long stream, byte[] bytes, int offset, int length) {
        return write(stream, (from, to, at, part) -> System.arraycopy(bytes, offset + from, to, at, part), length);
    }

    /**
     * Reads bytes.
     *
     * @return how many, at least 1; 0 while there are none, and {@link #nextReadable} names the stream when there are; {@link #END}
     *         after the last byte, {@link #RESET}, or {@link #CLOSED}
     */
    public int read(long now, long stream, ByteSink to, int length) {
        int count = streams.read(now, stream, to, length, paths.current().rtt.smoothed());
        return count == 0 && over() && length > 0 ? CLOSED : count;
    }

    /** {@link #read(long, long, ByteSink, int)} into a part of an array. */
    public int read(long now, long stream, byte[] bytes, int offset, int length) {
        int[] end = {offset};
        return read(now, stream, (from, at, part) -> {
            System.arraycopy(from, at, bytes, end[0], part);
            end[0] += part;
        }, length);
    }

    /** Bytes that {@link #read} would give now. */
    public long readable(long stream) {
        return streams.readable(stream);
    }

    /** Ends a stream's output: the peer reads the end after every byte that was written. */
    public void finish(long stream) {
        if (!over()) {
            streams.finish(stream);
        }
    }

    /** Gives a stream's output up; what has not arrived is dropped. */
    public void reset(long stream, long code) {
        if (!over()) {
            streams.reset(stream, code);
        }
    }

    /** Wants no more of a stream's input; what came is dropped, and the peer is told. */
    public void stopSending(long now, long stream, long code) {
        streams.stopSending(now, stream, code, paths.current().rtt.smoothed());
    }

    /** A stream that has something to read since it was last named, or {@link #NO_STREAM}. */
    public long nextReadable() {
        return streams.nextReadable();
    }

    /** A stream whose {@link #write} took less than it was given and would take more now, or {@link #NO_STREAM}. */
    public long nextWritable() {
        return streams.nextWritable();
    }

    /** Whether everything written, and the end, is acknowledged, or the stream is over. */
    public boolean isFinished(long stream) {
        return streams.isFinished(stream);
    }

    /** Whether everything that was written on any stream, and every end, is acknowledged. */
    public boolean isFlushed() {
        return streams.flushed();
    }

    /** Sends an unreliable message; false, and dropped, where the queue is full or it could never fit. */
    public boolean sendMessage(byte[] message) {
        TransportParameters said = peer;
        if (over() || (said != null && message.length > said.maxDatagram()) || message.length > maxMessage()) {
            counters.datagramsDropped++;
            return false;
        }
        return messages.offer(message);
    }

    /** Bytes of the largest message that fits now. */
    public int maxMessage() {
        return paths.current().mtu.current() - ShortHeader.FIXED_LENGTH - 4 - PacketKeys.TAG_LENGTH - 3;
    }

    /** The next unreliable message that came, or null. */
    public byte @Nullable [] receiveMessage() {
        return messages.poll();
    }

    // ---- the connection

    /** What happened, oldest first; null for nothing more. */
    public @Nullable ConnectionEvent pollEvent() {
        if (streams.takeStreamsAvailable()) {
            events.add(new ConnectionEvent.StreamsAvailable());
        }
        return events.poll();
    }

    /**
     * Moves to another address of the peer, or another socket of ours: the new path is validated first, data stays on the old one
     * meanwhile. {@link ConnectionEvent.Migrated} or {@link ConnectionEvent.MigrationFailed} says how it ended.
     */
    public void migrate(long now, NetworkPath path) {
        if (state != State.ESTABLISHED) {
            events.add(new ConnectionEvent.MigrationFailed(path));
            return;
        }
        if (path.equals(paths.current().address)) {
            events.add(new ConnectionEvent.Migrated(path));
            return;
        }
        Path abandoned = paths.migrate(now, path, probeTimeout());
        if (abandoned != null) {
            events.add(new ConnectionEvent.MigrationFailed(abandoned.address));
        }
    }

    /** Our socket is another one and the old one is gone: everything goes by the new one from now on, and the peer hears of it. */
    public void localRebound(long now, int socket) {
        if (state != State.ESTABLISHED && state != State.HANDSHAKE) {
            return;
        }
        Path path = paths.rebound(now, socket);
        recovery.onPathChange();
        counters.pathChanges++;
        assembler.pingDue = state == State.ESTABLISHED;
        observer.stateChanged(now, "rebound", path.address.toString());
    }

    /**
     * Changes the keys now rather than when they have sealed enough.
     *
     * @return false, and nothing changes, where the last change is not acknowledged yet or there are no keys
     */
    public boolean updateKeys() {
        PacketKeys used = keys;
        return state == State.ESTABLISHED && used != null && used.updateKeys();
    }

    /** Ends the connection now, with a code and a few words for the peer. What was not delivered is lost: see {@link #isFlushed}. */
    public void close(long now, long code, String reason) {
        closeByApplication |= !over();
        end(now, new CloseCause(CloseCause.Kind.LOCAL, code, reason), true, false);
    }

    /** Whether it has ended: see {@link #closeCause}. Reading what arrived is still possible. */
    public boolean over() {
        return state == State.CLOSING || state == State.DRAINING || state == State.TERMINATED;
    }

    /** Whether data can flow. */
    public boolean isEstablished() {
        return state == State.ESTABLISHED;
    }

    /**
     * Whether a packet under the connection's keys came: the peer has them too. Where a secret is mixed into the last message of the
     * handshake, only this shows a client that the server knows it.
     */
    public boolean isConfirmed() {
        return handshake.state() == HandshakeFlow.State.CONFIRMED;
    }

    /** Its owner forgets it: the memory of what nobody has read is given back. */
    public void free() {
        streams.free();
    }

    /** Whether there is nothing left to do: its IDs are retired, its owner forgets it. */
    public boolean isTerminated() {
        return state == State.TERMINATED;
    }

    /** Why it ended, or null. */
    public @Nullable CloseCause closeCause() {
        return cause;
    }

    /** Whether this end opened the connection. */
    public boolean isClient() {
        return client;
    }

    /** The path in use. */
    public NetworkPath path() {
        return paths.current().address;
    }

    /** The peer's static key, once the handshake has shown it. */
    public @Nullable PublicKey peerKey() {
        return handshake.session().peerKey();
    }

    /** Bytes of memory that its streams' buffers take. */
    public long memory() {
        return streams.memory();
    }

    /** How many streams are not over. */
    public int streamCount() {
        return streams.count();
    }

    /** What was done so far. */
    public ConnectionStats stats() {
        Path path = paths.current();
        PacketKeys used = keys;
        return new ConnectionStats(counters.packetsSent, counters.packetsReceived, counters.bytesSent, counters.bytesReceived,
                counters.streamBytesSent, counters.streamBytesRetransmitted, counters.streamBytesReceived, counters.packetsLost,
                counters.spuriousLosses, counters.probeTimeouts, counters.packetsDropped, counters.fecRepaired,
                counters.datagramsDropped, counters.pathChanges, used == null ? 0 : used.keyUpdates(), path.rtt.smoothed(),
                path.rtt.min(), path.congestion.window(), path.inFlight, path.congestion.pacingRate(), counters.deliveryRate,
                path.mtu.current());
    }

    /** Data can flow, and the peer is who it should be. */
    void established(long now) {
        if (state != State.HANDSHAKE || establishedTold) {
            return;
        }
        establishedTold = true;
        state = State.ESTABLISHED;
        TransportParameters said = peer;
        localIds.fill(this, said == null ? 2 : Math.min(said.activeIds(), RemoteIds.LIMIT));
        observer.stateChanged(now, "established", client ? "client" : "server");
        events.add(new ConnectionEvent.Established(earlyAccepted));
    }

    void followed(long now, Path path) {
        recovery.onPathChange();
        counters.pathChanges++;
        observer.stateChanged(now, "peer moved", path.address.toString());
        events.add(new ConnectionEvent.PeerMoved(path.address));
    }

    /** Ends it; {@code tell}: the peer is told, and told again while it goes on sending. */
    void end(long now, CloseCause why, boolean tell, boolean drain) {
        if (over()) {
            return;
        }
        cause = why;
        observer.closed(now, why);
        events.add(new ConnectionEvent.Closed(why));
        streams.close();
        messages.free();
        endsAt = now + grace();
        if (tell && keys != null) {
            state = State.CLOSING;
            closeDue = true;
        } else if (drain) {
            state = State.DRAINING;
        } else {
            terminate();
        }
        packets.free();
    }

    /** Whoever goes on sending is told again, ever more rarely. */
    void answerClosing() {
        if (++closeIgnored >= 1 << Math.min(closeAnswers, 10)) {
            closeIgnored = 0;
            closeAnswers++;
            closeDue = true;
        }
    }

    private void terminate() {
        state = State.TERMINATED;
        localIds.free();
        if (!client) {
            ids.retire(originalId);
        }
        PacketKeys used = keys;
        if (used != null) {
            used.destroy();
        }
        PacketKeys early = earlyKeys;
        if (early != null) {
            early.destroy();
        }
        handshake.session().destroy();
    }
}
