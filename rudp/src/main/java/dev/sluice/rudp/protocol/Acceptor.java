package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.crypto.EarlyDataGuard;
import dev.sluice.rudp.protocol.crypto.HandshakeLimiter;
import dev.sluice.rudp.protocol.crypto.RetryCookie;
import dev.sluice.rudp.protocol.wire.ByteWriter;
import dev.sluice.rudp.protocol.wire.ConnectionId;
import dev.sluice.rudp.protocol.wire.LongHeader;
import dev.sluice.rudp.protocol.wire.ProtocolViolation;
import dev.sluice.rudp.protocol.wire.ResetPacket;
import dev.sluice.rudp.protocol.wire.ShortHeader;
import dev.sluice.rudp.protocol.wire.Versions;
import java.net.InetSocketAddress;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What an endpoint does with datagrams that belong to no connection of its: begins a connection, asks for proof of the address first,
 * answers unknown versions, tells peers of forgotten connections so, or drops. It keeps no state for any source but fixed tables, its
 * answers are shorter than what they answer, and all but the first kind are limited in number. Its owner's thread only.
 *
 * <p>{@link #onDatagram} says what to do; the datagram to answer with, if there is one, is in {@link #answer()}.
 */
public final class Acceptor {
    /** What is to be done with a datagram. */
    public enum Verdict {
        /** Nothing. */
        DROP,
        /** Send {@link #answer()} where it came from. */
        ANSWER,
        /** {@link #accepted()} is a new connection. */
        ACCEPT
    }

    /**
     * How an endpoint takes first packets in.
     *
     * @param maxConnections beyond which nobody new comes in
     * @param handshakesInProgress beyond which addresses must be proven
     * @param falsePerSecond first messages of unproven addresses that do not open, beyond which addresses must be proven, until fewer come:
     *     each costs as much as a good one
     * @param answersPerSecond resets and version answers
     * @param retriesPerSecond retries for whoever comes first, and as many for whoever comes again
     */
    public record Policy(int maxConnections, int handshakesInProgress, int falsePerSecond, int answersPerSecond,
            int retriesPerSecond) {
        /** Usual values. */
        public static final Policy DEFAULT = new Policy(100_000, 100, 50, 1000, 1000);

        /** With another number of connections. */
        public Policy withMaxConnections(int max) {
            return new Policy(max, handshakesInProgress, falsePerSecond, answersPerSecond, retriesPerSecond);
        }

        /** With another number of handshakes under way. */
        public Policy withHandshakesInProgress(int max) {
            return new Policy(maxConnections, max, falsePerSecond, answersPerSecond, retriesPerSecond);
        }
    }

    /** A first packet that was found good. */
    @SuppressWarnings("ArrayRecordComponent") // one use, no comparison
    record FirstPacket(ConnectionId original, ConnectionId client, int suite, HandshakeSession session, byte[] payload,
            boolean early, boolean addressProven, int datagramLength) {}

    private static final int MAX_ANSWER = 256;

    private final ConnectionConfig config;
    private final StreamMemory memory;
    private final Policy policy;
    private final HandshakeProvider handshakes;
    private final ConnectionIds ids;
    private final RetryCookie cookies;
    private final HandshakeLimiter limiter;
    private final @Nullable EarlyDataGuard earlyData;
    private final RandomGenerator random;
    private Function<NetworkPath, ConnectionObserver> observers = path -> ConnectionObserver.NONE;
    private final LongHeader header = new LongHeader();
    private final byte[] answer = new byte[MAX_ANSWER];
    private int answerLength;
    private @Nullable Connection accepted;
    private final Budget answers;
    private final RetryGate retries;
    private final Budget falseMessages;
    private long answered;
    private long dropped;

    /**
     * For one endpoint.
     *
     * @param memory of the connections' streams
     * @param earlyData remembers first flights; null to take no early data
     */
    public Acceptor(ConnectionConfig config, StreamMemory memory, Policy policy, HandshakeProvider handshakes,
            ConnectionIds ids, RetryCookie cookies, HandshakeLimiter limiter, @Nullable EarlyDataGuard earlyData,
            RandomGenerator random) {
        this.config = config;
        this.memory = memory;
        this.policy = policy;
        this.handshakes = handshakes;
        this.ids = ids;
        this.cookies = cookies;
        this.limiter = limiter;
        this.earlyData = earlyData;
        this.random = random;
        answers = new Budget(policy.answersPerSecond);
        retries = new RetryGate(policy.retriesPerSecond, random);
        falseMessages = new Budget(policy.falsePerSecond);
    }

    /** Who watches the connections from now on, each by an observer of its own. */
    public void observe(Function<NetworkPath, ConnectionObserver> observers) {
        this.observers = observers;
    }

    /** The connection ID that a datagram is for, written into the result's fields; null where it has none that we could have given. */
    public static @Nullable ConnectionId destination(byte[] datagram, int offset, int length) {
        if (length < 1 + ConnectionId.LENGTH) {
            return null;
        }
        if (ShortHeader.isShort(datagram[offset])) {
            return ConnectionId.read(datagram, offset + 1);
        }
        if (LongHeader.isLong(datagram[offset]) && length >= LongHeader.FIXED_LENGTH
                && datagram[offset + 5] == ConnectionId.LENGTH) {
            return ConnectionId.read(datagram, offset + 6);
        }
        return null;
    }

    /** Where the random part of the destination's ID is in a datagram, so that it is found without an object; -1 for nowhere. */
    public static int destinationOffset(byte[] datagram, int offset, int length) {
        if (length < 1 + ConnectionId.LENGTH) {
            return -1;
        }
        if (ShortHeader.isShort(datagram[offset])) {
            return offset + 1;
        }
        boolean known = LongHeader.isLong(datagram[offset]) && length >= LongHeader.FIXED_LENGTH
                && datagram[offset + 5] == ConnectionId.LENGTH;
        return known ? offset + 6 : -1;
    }

    /**
     * A datagram whose destination is no connection.
     *
     * @param wallMillis milliseconds since 1970
     * @param connections how many there are
     * @param handshakesInProgress how many of those are not established
     */
    public Verdict onDatagram(long now, long wallMillis, NetworkPath path, byte[] datagram, int offset, int length,
            int connections,
            int handshakesInProgress) {
        accepted = null;
        answerLength = 0;
        Verdict verdict = Verdict.DROP;
        if (length > 0 && ShortHeader.isShort(datagram[offset])) {
            verdict = reset(now, datagram, offset, length);
        } else if (length >= ConnectionConfig.MIN_PACKET && header.parse(datagram, offset, length)) {
            if (!Versions.supported(header.version())) {
                verdict = versions(now, datagram);
            } else if (header.type() == LongHeader.INITIAL && connections < policy.maxConnections) {
                verdict = first(now, wallMillis, path, datagram, length, handshakesInProgress);
            }
        }
        dropped += verdict == Verdict.DROP ? 1 : 0;
        answered += verdict == Verdict.ANSWER ? 1 : 0;
        return verdict;
    }

    private Verdict reset(long now, byte[] datagram, int offset, int length) {
        if (length < ShortHeader.FIXED_LENGTH + PacketKeys.TAG_LENGTH || !answers.take(now)) {
            return Verdict.DROP;
        }
        byte[] token = ids.resetToken(ConnectionId.read(datagram, offset + 1));
        answerLength = ResetPacket.write(token, length, random, answer, 0);
        return answerLength > 0 ? Verdict.ANSWER : Verdict.DROP;
    }

    private Verdict versions(long now, byte[] datagram) {
        if (header.version() == Versions.NEGOTIATION || !answers.take(now)) {
            return Verdict.DROP;
        }
        answerLength = Versions.answer(header, datagram, answer, 0);
        return Verdict.ANSWER;
    }

    private Verdict first(long now, long wallMillis, NetworkPath path, byte[] datagram, int length, int inProgress) {
        boolean proven = header.tokenLength() > 0;
        if (proven) {
            byte[] issuedTo = cookies.originalId(now, bytes(path.remote()), datagram, header.tokenOffset(), header.tokenLength());
            if (issuedTo == null
                    || !ConnectionId.read(issuedTo, 0).equals(ConnectionId.read(datagram, header.destinationOffset()))) {
                return retry(now, path, datagram); // it is too old, or of another address: that costs no more than none
            }
        } else if (!falseMessages.isLeft(now)) {
            falseMessages.overdraw(now);
            return retry(now, path, datagram);
        } else if (inProgress >= policy.handshakesInProgress) {
            return retry(now, path, datagram);
        }
        byte[] ip = path.remote().getAddress().getAddress();
        if (proven && !limiter.tryStart(now, ip)) {
            return Verdict.DROP;
        } else if (!proven && !limiter.tryStartUnproven(now, ip)) {
            return retry(now, path, datagram); // whose packets these are is not known: the one who is there may come in
        }
        ConnectionId original = ConnectionId.read(datagram, header.destinationOffset());
        ConnectionId client = ConnectionId.read(datagram, header.sourceOffset());
        int suite = datagram[header.contentOffset()] & 0xFF;
        HandshakeSession session = handshakes.server(suite, client);
        if (session == null) {
            return Verdict.DROP;
        }
        byte[] payload = session.readMessage(datagram, header.contentOffset() + 1, header.contentLength() - 1);
        if (payload == null) {
            onFalseMessage(now, ip, proven);
            return Verdict.DROP;
        }
        return accept(now, wallMillis, path, datagram, length,
                new FirstPacket(original, client, suite, session, payload, false, proven, length));
    }

    private void onFalseMessage(long now, byte[] ip, boolean proven) {
        if (proven) {
            limiter.onWrongSecret(now, ip);
        } else {
            limiter.onWrongSecretUnproven(now, ip);
        }
        falseMessages.take(now);
    }

    private Verdict accept(long now, long wallMillis, NetworkPath path, byte[] datagram, int length, FirstPacket first) {
        try {
            boolean early = first.payload().length > 0 && admitEarly(wallMillis, Hello.decode(first.payload()), datagram);
            accepted = new Connection(now, path, config, memory, new FirstPacket(first.original(), first.client(), first.suite(),
                    first.session(), first.payload(), early, first.addressProven(), length), ids, random,
                    observers.apply(path));
            return Verdict.ACCEPT;
        } catch (ProtocolViolation violation) {
            first.session().destroy();
            return Verdict.DROP;
        }
    }

    private boolean admitEarly(long wallMillis, Hello hello, byte[] datagram) {
        return hello.early() && config.earlyData && earlyData != null
                && earlyData.admit(wallMillis, hello.time(), datagram, header.contentOffset() + 1);
    }

    /** Of what is not answered nothing is made, not even an object: there may be very many. */
    private Verdict retry(long now, NetworkPath path, byte[] datagram) {
        if (!retries.admit(now, path.remote().hashCode(), ConnectionId.randomAt(datagram, header.destinationOffset()))) {
            return Verdict.DROP;
        }
        ConnectionId original = ConnectionId.read(datagram, header.destinationOffset());
        byte[] cookie = cookies.issue(now, bytes(path.remote()), original.bytes());
        ByteWriter out = new ByteWriter().wrap(answer, 0, answer.length);
        LongHeader.write(out, LongHeader.RETRY, ConnectionId.read(datagram, header.sourceOffset()), original);
        out.bytes(cookie, 0, cookie.length);
        answerLength = out.position();
        return Verdict.ANSWER;
    }

    private static byte[] bytes(InetSocketAddress remote) {
        byte[] ip = remote.getAddress().getAddress();
        byte[] bytes = java.util.Arrays.copyOf(ip, ip.length + 2);
        bytes[ip.length] = (byte) (remote.getPort() >> 8);
        bytes[ip.length + 1] = (byte) remote.getPort();
        return bytes;
    }

    /** What {@link Verdict#ANSWER} is about; the first {@link #answerLength()} bytes. */
    public byte[] answer() {
        return answer;
    }

    /** Bytes of the answer. */
    public int answerLength() {
        return answerLength;
    }

    /**
     * The new connection of {@link Verdict#ACCEPT}. It was given an ID of its own by {@link ConnectionIds#issue}; until it retires it,
     * the ID of the first packet leads to it too, and the datagram itself is to be passed to {@link Connection#onDatagram}, for early
     * data may follow in it.
     */
    public Connection accepted() {
        Connection connection = accepted;
        if (connection == null) {
            throw new IllegalStateException("nothing was accepted");
        }
        return connection;
    }

    /** Datagrams that got a reset, a version answer or a retry. */
    public long answered() {
        return answered;
    }

    /** Datagrams that got nothing. */
    public long dropped() {
        return dropped;
    }
}
