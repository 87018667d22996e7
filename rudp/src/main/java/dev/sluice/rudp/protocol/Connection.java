package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.crypto.PublicKey;
import dev.sluice.rudp.protocol.crypto.ReplayWindow;
import dev.sluice.rudp.protocol.wire.ConnectionId;
import dev.sluice.rudp.protocol.wire.ErrorCode;
import dev.sluice.rudp.protocol.wire.FrameParser;
import dev.sluice.rudp.protocol.wire.LongHeader;
import dev.sluice.rudp.protocol.wire.ProtocolViolation;
import dev.sluice.rudp.protocol.wire.ShortHeader;
import dev.sluice.rudp.protocol.wire.TransportParameters;
import dev.sluice.rudp.protocol.wire.Versions;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
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
    private static final int MAX_REASON = 256;
    /** So many packets in a row make a flow, whose sudden silence is worth asking about. */
    private static final int FLOW = 16;
    private static final long FLOW_GAP = 100_000_000L;
    private static final long STALL = 60_000_000L;

    private enum State {
        HANDSHAKE, ESTABLISHED, CLOSING, DRAINING, TERMINATED
    }

    private final boolean client;
    private final ConnectionConfig config;
    private final ConnectionIds ids;
    private final ConnectionObserver observer;
    private final Counters counters = new Counters();
    private final SentPackets packets = new SentPackets();
    private final LossRecovery recovery = new LossRecovery(packets, new Carried());
    private final AckTracker acks;
    private final ReplayWindow replay = new ReplayWindow();
    private final Streams streams;
    private final Messages messages;
    private final LocalIds localIds;
    private final RemoteIds remoteIds = new RemoteIds();
    private final Paths paths;
    private final PacketAssembler assembler;
    private final FrameParser parser = new FrameParser();
    private final Frames frames;
    private final LongHeader header = new LongHeader();
    private final ArrayDeque<ConnectionEvent> events = new ArrayDeque<>();
    private final ConnectionId originalId;
    private final Hello hello;
    private final HandshakeFlow handshake;

    private State state = State.HANDSHAKE;
    private boolean establishedTold;
    private @Nullable PacketKeys keys;
    private @Nullable PacketKeys earlyKeys;
    private boolean earlyAccepted;
    private byte[] payload = new byte[0];
    private @Nullable TransportParameters peer;
    private @Nullable Repair repair;
    private @Nullable CloseCause cause;
    private boolean closeDue;
    private boolean closeByApplication;
    private int closeAnswers;
    private int closeIgnored;

    private final long startedAt;
    private long idleTimeout;
    private long lastReceivedAt;
    private long idleFrom;
    private long lastElicitingSentAt;
    private boolean sentSinceReceived;
    private long endsAt = NEVER;
    private int flow;
    private long stallAt = NEVER;
    private boolean wantsMore;
    private int ackThreshold = 2;
    private long ackFrequencyAt;
    private long largestForPath = -1;

    // ---- making one

    /**
     * A client's connection; poll it for its first datagrams.
     *
     * @param ids gives it its IDs, the first at once
     * @param handshakes keys and secrets
     * @param wallMillis milliseconds since 1970, told to the server if there is early data
     * @param random unpredictable where the peer is real
     */
    public static Connection connect(long now, NetworkPath path, ConnectionConfig config, HandshakeProvider handshakes,
            ConnectionIds ids, long wallMillis, RandomGenerator random, ConnectionObserver observer) {
        return new Connection(now, path, config, handshakes, ids, wallMillis, random, observer);
    }

    private Connection(long now, NetworkPath path, ConnectionConfig config, HandshakeProvider handshakes, ConnectionIds ids,
            long wallMillis, RandomGenerator random, ConnectionObserver observer) {
        this(now, true, path, ConnectionId.create(random.nextInt(256), random), config, ids, random, observer,
                self -> handshakes.client(self), wallMillis, handshakes.suite(), null);
    }

    /** A server's connection, made by {@link Acceptor} of a first packet that was found good. */
    Connection(long now, NetworkPath path, ConnectionConfig config, Acceptor.FirstPacket first, ConnectionIds ids,
            RandomGenerator random, ConnectionObserver observer) {
        this(now, false, path, first.original(), config, ids, random, observer, self -> first.session(), 0, first.suite(), first);
    }

    private Connection(long now, boolean client, NetworkPath path, ConnectionId originalId, ConnectionConfig config,
            ConnectionIds ids, RandomGenerator random, ConnectionObserver observer,
            java.util.function.Function<ConnectionId, HandshakeSession> sessions, long wallMillis, int suite,
            Acceptor.@Nullable FirstPacket first) {
        this.client = client;
        this.config = config;
        this.ids = ids;
        this.observer = observer;
        this.originalId = originalId;
        startedAt = now;
        lastReceivedAt = now;
        idleFrom = now;
        idleTimeout = config.idleTimeout;
        acks = new AckTracker(config.maxAckDelay);
        streams = new Streams(client, config, counters);
        messages = new Messages(config.datagramBuffer, counters);
        localIds = new LocalIds(ids, ids.issue(this));
        paths = new Paths(config, remoteIds, path, first == null ? originalId : first.client());
        paths.current().setPacing(now);
        assembler = new PacketAssembler(packets, recovery, acks, streams, messages, localIds, remoteIds, random, counters,
                observer);
        frames = new Frames();
        HandshakeSession session = sessions.apply(localIds.first());
        hello = hello(first == null ? config.earlyData && session.confidential() : first.early(), wallMillis);
        if (first == null) {
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
            onHandshakeProgress(now);
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
        if (state == State.CLOSING) {
            answerClosing();
            // a close of the peer's may be in it
        }
        counters.bytesReceived += length;
        Path from = paths.find(path);
        if (from == null && client) {
            drop(now, length, "unknown path");
            return;
        }
        if (payload.length < length) {
            payload = new byte[Math.max(length, 2048)];
        }
        try {
            packets(now, path, from, ecn & ECN_MASK, datagram, offset, length);
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

    private void packets(long now, NetworkPath address, @Nullable Path from, int ecn, byte[] datagram, int offset, int length) {
        int at = offset;
        int end = offset + length;
        while (at < end && state != State.TERMINATED) {
            byte first = datagram[at];
            if (ShortHeader.isShort(first)) {
                onShort(now, address, from, ecn, datagram, at, end - at, length);
                return;
            }
            if (!LongHeader.isLong(first)) {
                return; // what fills a datagram up
            }
            if (!header.parse(datagram, at, end - at)) {
                drop(now, end - at, "malformed");
                return;
            }
            if (from == null) {
                boolean handshakes = header.type() == LongHeader.INITIAL || header.type() == LongHeader.HANDSHAKE;
                if (state != State.HANDSHAKE || !handshakes) {
                    drop(now, end - at, "unknown path");
                    return;
                }
                from = paths.restart(now, address); // the client's address changed before anything was proven
            }
            onLong(now, from, ecn, datagram, at, at == offset ? length : 0);
            at = header.end();
        }
    }

    private void onLong(long now, Path from, int ecn, byte[] datagram, int at, int datagramLength) {
        boolean ours = ConnectionId.read(datagram, header.destinationOffset()).equals(client ? localIds.first() : originalId)
                || (!client && ConnectionId.read(datagram, header.destinationOffset()).equals(localIds.first()));
        if (header.destinationLength() != ConnectionId.LENGTH || !ours) {
            drop(now, header.contentLength(), "wrong connection ID");
            return;
        }
        if (!Versions.supported(header.version())) {
            onVersions(now, datagram);
            return;
        }
        switch (header.type()) {
            case LongHeader.INITIAL -> {
                if (!client) {
                    from.received += datagramLength;
                    handshake.onRepeated();
                }
                return;
            }
            case LongHeader.EARLY -> {
                onEarly(now, from, ecn, datagram, at, datagramLength);
                return;
            }
            case LongHeader.RETRY -> {
                boolean echoed = header.sourceLength() == ConnectionId.LENGTH
                        && ConnectionId.read(datagram, header.sourceOffset()).equals(originalId);
                if (client && echoed && handshake.onRetry(datagram, header.contentOffset(), header.contentLength())) {
                    observer.stateChanged(now, "retry", "");
                }
                return;
            }
            default ->
                onHandshakeMessage(now, from, datagram, datagramLength);
        }
    }

    private void onVersions(long now, byte[] datagram) {
        if (client && state == State.HANDSHAKE && handshake.state() == HandshakeFlow.State.FIRST
                && header.version() == Versions.NEGOTIATION && header.sourceLength() == ConnectionId.LENGTH
                && ConnectionId.read(datagram, header.sourceOffset()).equals(originalId)
                && !Versions.lists(datagram, header.contentOffset(), header.contentLength(), Versions.V1)) {
            end(now, new CloseCause(CloseCause.Kind.VERSION, 0, "the server speaks other versions"), false, false);
        }
    }

    private void onHandshakeMessage(long now, Path from, byte[] datagram, int datagramLength) {
        if (!handshake.onMessage(datagram, header.contentOffset(), header.contentLength(), hello)) {
            if (handshake.session().pinMismatch()) {
                end(now, new CloseCause(CloseCause.Kind.PIN_MISMATCH, 0, "the server has another key than before"), false, false);
            } else {
                drop(now, header.contentLength(), "handshake");
            }
            return;
        }
        from.received += datagramLength;
        touch(now);
        if (client) {
            long roundTrip = handshake.roundTrip(now);
            if (roundTrip > 0) {
                from.rtt.onSample(roundTrip, 0);
                from.setPacing(now);
            }
        }
        onHandshakeProgress(now);
    }

    /** Takes over what the handshake has brought so far. */
    private void onHandshakeProgress(long now) {
        Hello said = handshake.peer();
        if (said != null && peer == null) {
            onParameters(said.parameters());
        }
        if (handshake.state() == HandshakeFlow.State.FIRST || keys != null) {
            return;
        }
        keys = handshake.session().keys();
        assembler.keys(keys);
        if (client) {
            earlyAccepted = hello.early() && said != null && said.early();
            if (hello.early() && !earlyAccepted) {
                recovery.discardEarly(now);
                streams.restart();
            }
            assembler.pingDue = true;
            established(now);
        }
    }

    private void onParameters(TransportParameters said) {
        Path path = paths.current();
        peer = said;
        path.remoteId = said.sourceId(); // not the one of the header, which nothing proves
        remoteIds.first(said.sourceId(), said.resetToken());
        streams.onPeerLimits(said.maxData(), said.maxStreamData(), said.maxStreams());
        recovery.peerAckDelay(said.maxAckDelayMicros() * 1000);
        paths.maxPacket(said.maxPacket());
        if (config.fec && said.fec()) {
            repair = new Repair(ConnectionConfig.MAX_PACKET);
            assembler.repair(repair);
        }
        long theirs = said.maxIdleMillis() * 1_000_000;
        if (theirs > 0) {
            idleTimeout = idleTimeout == 0 ? theirs : Math.min(idleTimeout, theirs);
        }
    }

    private void established(long now) {
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

    private void onEarly(long now, Path from, int ecn, byte[] datagram, int at, int datagramLength) {
        PacketKeys opening = earlyKeys;
        if (client || opening == null || state == State.CLOSING || state == State.DRAINING) {
            drop(now, header.contentLength(), "early data not wanted");
            return;
        }
        from.received += datagramLength;
        int length = header.end() - at;
        long number = opening.open(now, datagram, at, length, header.contentOffset() - at, replay.largest(), payload, 0);
        if (number == PacketKeys.NOT_AUTHENTIC) {
            drop(now, length, "not authentic");
        } else if (replay.contains(number)) {
            drop(now, length, "duplicate");
        } else {
            onPacket(now, from, ecn, number, opening.payloadLength(), length, true);
        }
    }

    private void onShort(long now, NetworkPath address, @Nullable Path known, int ecn, byte[] datagram, int at, int length,
            int datagramLength) {
        PacketKeys opening = keys;
        if (opening == null || length < ShortHeader.MIN_PACKET - 3) {
            drop(now, length, "no keys yet");
            return;
        }
        long number = opening.open(now, datagram, at, length, ShortHeader.FIXED_LENGTH, replay.largest(), payload, 0);
        if (number == PacketKeys.NOT_AUTHENTIC) {
            if (!onStatelessReset(now, datagram, at, length)) {
                drop(now, length, "not authentic");
            }
            return;
        }
        if (replay.contains(number)) {
            drop(now, length, "duplicate");
            return;
        }
        Path from = known;
        if (from == null) {
            boolean freshId = !ConnectionId.read(datagram, at + 1).equals(lastLocalId);
            from = paths.add(address, freshId);
        }
        if (from == paths.current() && ConnectionId.randomAt(datagram, at + 1) != lastLocalId.random()) {
            lastLocalId = ConnectionId.read(datagram, at + 1);
        }
        from.received += from.validated ? 0 : datagramLength;
        if (handshake.state() == HandshakeFlow.State.KEYS) {
            confirm(now, from);
        }
        onPacket(now, from, ecn, number, opening.payloadLength(), length, false);
    }

    private ConnectionId lastLocalId = new ConnectionId(0, 0);

    /** The first packet under the connection's keys: the peer has them, and is where it says. */
    private void confirm(long now, Path from) {
        if (!client) {
            long roundTrip = handshake.roundTrip(now);
            if (roundTrip > 0) {
                from.rtt.onSample(roundTrip, 0);
                from.setPacing(now);
            }
            from.validated = true;
            assembler.handshakeDoneDue = true;
            localIds.leave(originalId, now + grace());
        }
        handshake.onConfirmed();
        established(now);
    }

    private void onPacket(long now, Path from, int ecn, long number, int length, int bytes, boolean early) {
        replay.add(number);
        counters.packetsReceived++;
        observer.packetReceived(now, number, bytes);
        touch(now);
        if (state == State.DRAINING) {
            return;
        }
        Repair repairing = repair;
        if (repairing != null && !early) {
            repairing.onSource(number, payload, 0, length);
        }
        frames.now = now;
        frames.from = from;
        int seen = parser.parse(payload, 0, length, frames);
        if (state == State.CLOSING || state == State.DRAINING || state == State.TERMINATED) {
            return;
        }
        boolean eliciting = (seen & FrameParser.ACK_ELICITING) != 0;
        acks.onPacket(now, number, eliciting, ecn);
        takeRepaired(now, from);
        noteFlow(now, eliciting);
        if ((seen & FrameParser.NON_PROBING) != 0 && number > largestForPath) {
            largestForPath = number;
            if (!early && !client && paths.onPeerAt(now, from, probeTimeout())) {
                followed(now, from);
            }
        }
    }

    /** Packets that error correction made again count as received now. */
    private void takeRepaired(long now, Path from) {
        Repair repairing = repair;
        if (repairing == null) {
            return;
        }
        for (Repair.Repaired one = repairing.poll(); one != null && !over(); one = repairing.poll()) {
            if (!replay.contains(one.number()) && one.payload().length > 0) {
                replay.add(one.number());
                counters.fecRepaired++;
                frames.now = now;
                frames.from = from;
                int seen = parser.parse(one.payload(), 0, one.payload().length, frames);
                acks.onPacket(now, one.number(), (seen & FrameParser.ACK_ELICITING) != 0, 0);
                assembler.repairedToTell = repairing.count();
            }
        }
    }

    private void noteFlow(long now, boolean eliciting) {
        if (!eliciting) {
            return;
        }
        flow = now - flowAt > FLOW_GAP ? 1 : flow + 1;
        flowAt = now;
        stallAt = flow >= FLOW && !recovery.somethingOutstanding()
                ? now + Math.max(STALL, 2 * paths.current().rtt.smoothed())
                : NEVER;
    }

    private long flowAt;

    private void touch(long now) {
        lastReceivedAt = now;
        idleFrom = now;
        sentSinceReceived = false;
    }

    private void drop(long now, int length, String why) {
        counters.packetsDropped++;
        observer.packetDropped(now, length, why);
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
            return pollClose(batch);
        }
        if (state == State.CLOSING) {
            return false;
        }
        if (handshake.due() && pollHandshake(now, batch)) {
            return true;
        }
        if (!assembler.hasKeys()) {
            return false;
        }
        return (!assembler.early() && pollPaths(now, batch)) || pollData(now, batch);
    }

    private boolean pollHandshake(long now, DatagramBatch batch) {
        Path path = paths.current();
        if (path.allowance() < 600) {
            return false;
        }
        byte[] bytes = batch.bytes();
        int length = handshake.writePacket(now, bytes, 0, path.remoteId, localIds.first());
        if (client) {
            int size = ConnectionConfig.MIN_PACKET;
            if (assembler.early() && assembler.hasKeys() && assembler.hasContent() && path.room() >= size
                    && size - length > 200) {
                length += assembler.write(now, path, bytes, length, size - length, PacketAssembler.Content.ALL);
            }
            Arrays.fill(bytes, length, size, (byte) 0);
            length = Math.max(length, size);
        }
        return emit(now, path, batch, length);
    }

    private boolean pollPaths(long now, DatagramBatch batch) {
        Path path = paths.due();
        if (path != null) {
            int size = (int) Math.min(ConnectionConfig.MIN_PACKET, path.allowance());
            long interval = Math.max(path.rtt.hasSample() ? probeTimeout() : paths.current().rtt.probeTimeout(0), 50_000_000L);
            return emit(now, path, batch, assembler.writePathProbe(now, path, batch.bytes(), 0, size, interval));
        }
        Path current = paths.current();
        if (state == State.ESTABLISHED && handshake.state() == HandshakeFlow.State.CONFIRMED && current.validated) {
            int probe = current.mtu.probeSize(now);
            if (probe > 0 && current.room() >= probe && batch.bytes().length >= probe && recovery.probeCount() == 0) {
                return emit(now, current, batch, assembler.writeMtuProbe(now, current, batch.bytes(), 0, probe));
            }
        }
        return false;
    }

    private boolean pollData(long now, DatagramBatch batch) {
        Path path = paths.current();
        int mtu = recovery.probeCount() > 1 ? ConnectionConfig.MIN_PACKET : path.mtu.current();
        long allowed = path.allowance();
        if (recovery.probesDue() > 0) {
            return allowed >= mtu && pollProbe(now, path, batch, mtu);
        }
        byte[] bytes = batch.bytes();
        int budget = path.pacer.budget(now);
        wantsMore = false;
        if (assembler.repairPending()) {
            if (budget >= mtu && path.room() >= mtu && allowed >= mtu) {
                int symbol = assembler.writeRepair(now, path, bytes, 0, mtu);
                if (symbol > 0) {
                    return emit(now, path, batch, symbol);
                }
            }
            wantsMore = true;
        }
        mtu -= assembler.reserve();
        while (batch.segments < batch.maxSegments() && bytes.length - batch.length >= mtu && !packets.full()) {
            boolean mayData = budget - batch.length >= mtu && path.room() >= mtu && allowed - batch.length >= mtu;
            PacketAssembler.Content content = mayData ? PacketAssembler.Content.ALL : PacketAssembler.Content.ACK;
            int size = batch.segments == 0 ? mtu : batch.segmentSize;
            if (!mayData && allowed - batch.length < size) {
                break;
            }
            boolean data = mayData && assembler.hasContent();
            if (!data && !acks.due(now)) {
                wantsMore |= !mayData && assembler.hasContent();
                break;
            }
            int length = assembler.write(now, path, bytes, batch.length, size, data ? content : PacketAssembler.Content.ACK);
            if (length == 0) {
                break;
            }
            batch.add(length);
            if (length < batch.segmentSize || batch.segmentSize < mtu) {
                break;
            }
        }
        if (!assembler.hasContent() && path.room() > mtu && !wantsMore) {
            path.delivery.onAppLimited(path.inFlight);
            Repair repairing = repair;
            if (repairing != null) {
                repairing.flush();
                wantsMore |= repairing.pending() > 0;
            }
        }
        return leave(now, path, batch);
    }

    /** A probe goes out whatever window and pacing say: new data, or else the oldest that is not acknowledged, or else a PING. */
    private boolean pollProbe(long now, Path path, DatagramBatch batch, int mtu) {
        if (!assembler.hasContent()) {
            SentPacket oldest = recovery.nextToProbe();
            if (oldest != null) {
                sendAgain(oldest);
            }
        }
        int length = assembler.write(now, path, batch.bytes(), 0, mtu, PacketAssembler.Content.PROBE);
        return emit(now, path, batch, length);
    }

    private boolean emit(long now, Path path, DatagramBatch batch, int length) {
        if (length == 0) {
            return false;
        }
        batch.add(length);
        return leave(now, path, batch);
    }

    private boolean leave(long now, Path path, DatagramBatch batch) {
        if (batch.length == 0) {
            return false;
        }
        batch.path = path.address;
        batch.ect = config.ecn && path.ecnCapable && keys != null;
        path.sent += batch.length;
        path.pacer.onSent(now, batch.length);
        if (recovery.somethingOutstanding() || state == State.HANDSHAKE) {
            lastElicitingSentAt = now;
            stallAt = NEVER;
            if (!sentSinceReceived) {
                sentSinceReceived = true;
                idleFrom = now;
            }
        }
        PacketKeys used = keys;
        if (used != null && used.exhausted()) {
            end(now, new CloseCause(CloseCause.Kind.EXHAUSTED, ErrorCode.KEY_LIMIT.wire(), "the keys are used up"), false, false);
        }
        return true;
    }

    private boolean pollClose(DatagramBatch batch) {
        closeDue = false;
        CloseCause why = cause;
        Path path = paths.current();
        if (why == null || keys == null || path.allowance() < 600) {
            return false;
        }
        byte[] reason = why.reason().getBytes(StandardCharsets.UTF_8);
        int length = assembler.writeClose(path, batch.bytes(), 0, ConnectionConfig.MIN_PACKET, closeByApplication, why.code(),
                reason.length > MAX_REASON ? Arrays.copyOf(reason, MAX_REASON) : reason);
        batch.add(length);
        batch.path = path.address;
        path.sent += length;
        counters.bytesSent += length;
        return true;
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
        timer = Math.min(timer, Math.min(recovery.timer(paths.current()), paths.timer()));
        timer = Math.min(timer, acks.deadline());
        timer = Math.min(timer, Math.min(stallAt, keepAliveAt()));
        Path path = paths.current();
        if (wantsMore && path.room() >= path.mtu.current() && path.allowance() >= path.mtu.current()) {
            timer = Math.min(timer, path.pacer.nextSend(now));
        }
        return timer;
    }

    private long idleDeadline() {
        return idleTimeout == 0 ? NEVER : idleFrom + Math.max(idleTimeout, 3 * probeTimeout());
    }

    private long keepAliveAt() {
        if (config.keepAlive == 0 || state != State.ESTABLISHED || recovery.somethingOutstanding()) {
            return NEVER;
        }
        return Math.max(lastReceivedAt, lastElicitingSentAt) + config.keepAlive;
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
        if (now >= stallAt) {
            stallAt = NEVER;
            flow = 0;
            assembler.pingDue = true;
        }
        if (now >= keepAliveAt()) {
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

    private long probeTimeout() {
        return paths.current().rtt.probeTimeout(recovery.peerAckDelay());
    }

    private long grace() {
        return 3 * probeTimeout();
    }

    // ---- streams and messages

    /** Opens a stream; {@link #NO_STREAM} where the peer allows no more now, see {@link ConnectionEvent.StreamsAvailable}. */
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
    public int write(long stream, byte[] bytes, int offset, int length) {
        int written = over() ? Streams.CLOSED : streams.write(stream, bytes, offset, length);
        return written < 0 ? CLOSED : written;
    }

    /**
     * Reads bytes.
     *
     * @return how many, at least 1; 0 while there are none, and {@link #nextReadable} names the stream when there are; {@link #END}
     *         after the last byte, {@link #RESET}, or {@link #CLOSED}
     */
    public int read(long now, long stream, byte[] bytes, int offset, int length) {
        int count = streams.read(now, stream, bytes, offset, length, paths.current().rtt.smoothed());
        return count == 0 && over() && length > 0 ? CLOSED : count;
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

    /** Ends the connection now, with a code and a few words for the peer. What was not delivered is lost: see {@link #isFlushed}. */
    public void close(long now, long code, String reason) {
        end(now, new CloseCause(CloseCause.Kind.LOCAL, code, reason), true, false);
        closeByApplication = true;
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

    private void followed(long now, Path path) {
        recovery.onPathChange();
        counters.pathChanges++;
        observer.stateChanged(now, "peer moved", path.address.toString());
        events.add(new ConnectionEvent.PeerMoved(path.address));
    }

    /** Ends it; {@code tell}: the peer is told, and told again while it goes on sending. */
    private void end(long now, CloseCause why, boolean tell, boolean drain) {
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
    private void answerClosing() {
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
        payload = new byte[0];
    }

    private void sendAgain(SentPacket packet) {
        for (int i = 0; i < packet.items(); i++) {
            byte kind = packet.kind(i);
            switch (kind) {
                case SentPacket.DATA, SentPacket.DATA_FIN, SentPacket.MAX_STREAM_DATA, SentPacket.RESET_STREAM,
                        SentPacket.STOP_SENDING ->
                    streams.onLost(kind, packet.stream(i), packet.offset(i), packet.length(i));
                case SentPacket.NEW_CONNECTION_ID ->
                    localIds.onLost(packet.offset(i));
                case SentPacket.RETIRE_CONNECTION_ID ->
                    remoteIds.onLost(packet.offset(i));
                case SentPacket.MAX_DATA ->
                    streams.onMaxDataLost();
                case SentPacket.MAX_STREAMS ->
                    streams.onMaxStreamsLost();
                case SentPacket.HANDSHAKE_DONE ->
                    assembler.handshakeDoneDue = true;
                default ->
                    assembler.ackFrequencyDue = ackThreshold;
            }
        }
    }

    /** What becomes of what packets carried. */
    private final class Carried implements LossRecovery.Sink {
        @Override
        public void onPacketAcked(long now, SentPacket packet, boolean wasLost) {
            if (wasLost) {
                counters.spuriousLosses++;
                observer.spuriousLoss(now, packet.packetNumber);
            }
            PacketKeys used = keys;
            if (used != null && !packet.early) {
                used.onAcked(packet.packetNumber);
            }
            Repair repairing = repair;
            if (repairing != null && packet.inFlight) {
                repairing.onFeedback(1, 0);
            }
            if (packet.largestAck >= 0) {
                acks.onAckAcked(packet.largestAck);
            }
            Path path = packet.path;
            if (packet.mtuProbe && path != null && path.mtu.onProbeAcked(packet.bytes)) {
                path.onMtu();
                observer.stateChanged(now, "mtu", Integer.toString(packet.bytes));
            }
            for (int i = 0; i < packet.items(); i++) {
                byte kind = packet.kind(i);
                if (kind <= SentPacket.STOP_SENDING) {
                    streams.onAcked(kind, packet.stream(i), packet.offset(i), packet.length(i));
                }
            }
        }

        @Override
        public void onPacketLost(long now, SentPacket packet) {
            if (packet.inFlight && !packet.mtuProbe) {
                counters.packetsLost++;
                observer.packetLost(now, packet.packetNumber, packet.bytes, "");
                Repair repairing = repair;
                if (repairing != null) {
                    repairing.onFeedback(0, 1);
                }
            }
            sendAgain(packet);
        }
    }

    /** What the frames of a packet do. */
    private final class Frames implements dev.sluice.rudp.protocol.wire.FrameHandler {
        long now;
        Path from = paths.current();

        private long rtt() {
            return paths.current().rtt.smoothed();
        }

        @Override
        public void onPing() {}

        @Override
        public void onAck(dev.sluice.rudp.protocol.wire.AckFrame ack) {
            Path path = paths.current();
            long sentAt = ack.largest() >= packets.base() && ack.largest() < packets.next()
                    ? packets.get(ack.largest()).sentAt
                    : now;
            recovery.onAck(now, ack, path);
            if (ack.hasEcn() && ack.ce() > path.ceSeen) {
                path.congestion.onEcnCe(now, sentAt, ack.ce() - path.ceSeen);
                path.setPacing(now);
                path.ceSeen = ack.ce();
            } else if (!ack.hasEcn() && config.ecn && ack.largest() > 16) {
                path.ecnCapable = false;
            }
            PacketKeys used = keys;
            if (used != null) {
                used.keepOldKeysFor(grace());
            }
            tuneAcks(path);
            observer.metricsUpdated(now, path.rtt.min(), path.rtt.smoothed(), path.rtt.latest(), path.congestion.window(),
                    path.inFlight, path.congestion.pacingRate());
        }

        /** Asks for an acknowledgement for every eighth of the window, so that a fast flow costs the peer little. */
        private void tuneAcks(Path path) {
            if (now - ackFrequencyAt < 4 * path.rtt.smoothed() || !path.rtt.hasSample()) {
                return;
            }
            ackFrequencyAt = now;
            int wish = Math.clamp(path.congestion.window() / path.mtu.current() / 8, 2, 16);
            if (wish >= 2 * ackThreshold || wish <= ackThreshold / 2) {
                ackThreshold = wish;
                assembler.ackFrequencyDue = wish;
                assembler.ackFrequencyDelay = Math.clamp(path.rtt.smoothed() / 4, 1_000_000L, recovery.peerAckDelay());
            }
        }

        @Override
        public void onResetStream(long stream, long code, long finalSize) {
            streams.onResetStream(now, stream, code, finalSize, rtt());
        }

        @Override
        public void onStopSending(long stream, long code) {
            streams.onStopSending(stream, code);
        }

        @Override
        public void onMaxData(long max) {
            streams.onMaxData(max);
        }

        @Override
        public void onMaxStreamData(long stream, long max) {
            streams.onMaxStreamData(stream, max);
        }

        @Override
        public void onMaxStreams(long max) {
            streams.onMaxStreams(max);
        }

        @Override
        public void onNewConnectionId(long sequence, long retirePriorTo, ConnectionId id, byte[] resetToken) {
            if (remoteIds.onNew(sequence, retirePriorTo, id, resetToken)) {
                paths.replaceIds();
            }
        }

        @Override
        public void onRetireConnectionId(long sequence) {
            TransportParameters said = peer;
            localIds.onRetire(Connection.this, now, sequence, grace(),
                    said == null ? 2 : Math.min(said.activeIds(), RemoteIds.LIMIT));
        }

        @Override
        public void onPathChallenge(long data) {
            from.validation.onChallenge(data);
            if (!client && from != paths.current()) {
                paths.onProbed(now, from, probeTimeout());
            }
        }

        @Override
        public void onPathResponse(long data) {
            Path path = paths.onResponse(data);
            if (path == null) {
                return;
            }
            switch (paths.onValidated(now, path)) {
                case MIGRATED -> {
                    recovery.onPathChange();
                    counters.pathChanges++;
                    assembler.pingDue = true;
                    observer.stateChanged(now, "migrated", path.address.toString());
                    events.add(new ConnectionEvent.Migrated(path.address));
                }
                case FOLLOWED ->
                    followed(now, path);
                default -> {
                }
            }
        }

        @Override
        public void onClose(boolean application, long code, String reason) {
            if (state == State.CLOSING) {
                state = State.DRAINING;
                closeDue = false;
                return;
            }
            CloseCause.Kind kind = application ? CloseCause.Kind.PEER : CloseCause.Kind.PEER_TRANSPORT;
            end(now, new CloseCause(kind, code, reason), false, true);
        }

        @Override
        public void onHandshakeDone() {
            if (!client) {
                throw new ProtocolViolation(ErrorCode.VIOLATION, "a client speaks as a server");
            }
        }

        @Override
        public void onStream(long stream, long offset, byte[] bytes, int at, int length, boolean fin) {
            streams.onStream(now, stream, offset, bytes, at, length, fin, rtt());
        }

        @Override
        public void onDatagram(byte[] bytes, int at, int length) {
            messages.onMessage(bytes, at, length);
        }

        @Override
        public void onAckFrequency(long sequence, long threshold, long maxDelayMicros, long reordering) {
            acks.onFrequency(sequence, threshold, Math.clamp(maxDelayMicros * 1000, 0, config.maxAckDelay), reordering);
        }

        @Override
        public void onImmediateAck() {
            acks.sendNow();
        }

        @Override
        public void onFecRepair(byte[] bytes, int at, int length) {
            Repair repairing = repair;
            if (repairing != null && !repairing.onSymbol(bytes, at, length)) {
                throw new ProtocolViolation(ErrorCode.FRAME_ENCODING, "a repair symbol that cannot be");
            }
        }

        @Override
        public void onFecRepaired(long total) {
            Repair repairing = repair;
            if (repairing != null) {
                repairing.onRepairedByPeer(total);
            }
        }
    }
}
