package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.wire.ByteWriter;
import dev.sluice.rudp.protocol.wire.ConnectionId;
import dev.sluice.rudp.protocol.wire.LongHeader;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Brings the messages of a handshake across. The client repeats its last message until it is answered; the server repeats its own only
 * when the client does, so it never sends more than it was asked for.
 *
 * <pre>
 * client: FIRST --- message 2 of IK --------------------------> KEYS --- any 1-RTT packet --> CONFIRMED
 *         FIRST --- message 2 of XX, message 3 goes out ------> KEYS (message 3 is repeated)
 * server: message 1 of IK, message 2 goes out ----------------> KEYS --- any 1-RTT packet --> CONFIRMED
 *         message 1 of XX, message 2 goes out --> FIRST --- message 3 --> KEYS, CONFIRMED at the first 1-RTT packet
 * </pre>
 */
final class HandshakeFlow {
    static final long NEVER = Long.MAX_VALUE;

    private static final long FIRST_INTERVAL = 300_000_000L;
    private static final long MAX_INTERVAL = 2_000_000_000L;
    private static final int MAX_RETRIES = 8;

    /** How far it is. */
    enum State {
        /** Messages are missing. */
        FIRST,
        /** The connection's keys are there. */
        KEYS,
        /** The peer has them too. */
        CONFIRMED
    }

    private final boolean client;
    private final int suite;
    private final HandshakeSession session;
    private State state = State.FIRST;
    private byte[] message = new byte[0];
    private int messageType;
    private byte[] token = new byte[0];
    private int retries;
    private boolean due;
    private long resendAt = NEVER;
    private long interval = FIRST_INTERVAL;
    private int timesSent;
    private long firstSentAt;
    private @Nullable Hello peer;

    private HandshakeFlow(boolean client, int suite, HandshakeSession session) {
        this.client = client;
        this.suite = suite;
        this.session = session;
    }

    /** A client's, with its first message ready to go. */
    static HandshakeFlow client(int suite, HandshakeSession session, Hello hello) {
        HandshakeFlow flow = new HandshakeFlow(true, suite, session);
        flow.write(session.confidential() ? hello.encode() : new byte[0], LongHeader.INITIAL);
        return flow;
    }

    /** A server's, whose session has read the client's first message; {@code first}: its payload. */
    static HandshakeFlow server(int suite, HandshakeSession session, byte[] first) {
        HandshakeFlow flow = new HandshakeFlow(false, suite, session);
        if (first.length > 0) {
            flow.peer = Hello.decode(first);
        }
        return flow;
    }

    /** A server's answer to the first message. */
    void answer(Hello hello) {
        write(hello.encode(), LongHeader.HANDSHAKE);
    }

    private void write(byte[] payload, int type) {
        message = new byte[session.messageLength(payload.length)];
        int length = session.writeMessage(payload, message, 0);
        message = Arrays.copyOf(message, length);
        messageType = type;
        due = true;
        timesSent = 0;
        interval = FIRST_INTERVAL;
        if (session.complete()) {
            state = State.KEYS;
        }
    }

    State state() {
        return state;
    }

    HandshakeSession session() {
        return session;
    }

    /** What the peer said, once it has. */
    @Nullable
    Hello peer() {
        return peer;
    }

    /** A round trip that is certain, because its request went out once: ns, or 0. */
    long roundTrip(long now) {
        return timesSent == 1 ? now - firstSentAt : 0;
    }

    /** A message of the peer's; {@code hello} is what we say in our next one. Returns whether it was genuine and new. */
    boolean onMessage(byte[] bytes, int offset, int length, Hello hello) {
        if (state != State.FIRST || session.writes()) {
            return false;
        }
        byte[] payload = session.readMessage(bytes, offset, length);
        if (payload == null) {
            return false;
        }
        peer = Hello.decode(payload);
        resendAt = NEVER;
        due = false;
        if (session.complete()) {
            state = State.KEYS;
        } else {
            write(hello.encode(), LongHeader.HANDSHAKE);
        }
        return true;
    }

    /** Whether there is an answer that a client which repeats its first message may want. */
    boolean answers() {
        return state != State.CONFIRMED && message.length > 0;
    }

    /** The client repeats its first message on the path in use: it has not got our answer. */
    void onRepeated() {
        due |= answers();
    }

    /**
     * The server wants the first message with this token; true where that is taken. It may want so again: a token is of no use any more
     * where our address has changed since, or where it was changed on the way, which nothing else would show.
     */
    boolean onRetry(byte[] bytes, int offset, int length) {
        if (retries >= MAX_RETRIES || state != State.FIRST || timesSent == 0) {
            return false;
        }
        retries++;
        token = Arrays.copyOfRange(bytes, offset, offset + length);
        due = true;
        return true;
    }

    void onConfirmed() {
        state = State.CONFIRMED;
        due = false;
        resendAt = NEVER;
    }

    boolean due() {
        return due;
    }

    /** Of the packet that {@link #writePacket} writes. */
    PacketType messageType() {
        return PacketType.ofLong(messageType);
    }

    long timer() {
        return resendAt;
    }

    void onTimeout(long now) {
        if (now >= resendAt) {
            due = true;
            resendAt = NEVER;
        }
    }

    /** Writes the packet with our message; returns its length. Never more than 600 bytes. */
    int writePacket(long now, byte[] out, int offset, ConnectionId destination, ConnectionId source) {
        due = false;
        if (timesSent++ == 0) {
            firstSentAt = now;
        }
        if (client) {
            resendAt = now + interval;
            interval = Math.min(2 * interval, MAX_INTERVAL);
        }
        ByteWriter writer = new ByteWriter().wrap(out, offset, out.length - offset);
        LongHeader.write(writer, messageType, destination, source);
        boolean initial = messageType == LongHeader.INITIAL;
        if (initial) {
            writer.varInt2(token.length);
            writer.bytes(token, 0, token.length);
        }
        writer.varInt2(message.length + (initial ? 1 : 0));
        if (initial) {
            writer.u8(suite);
        }
        writer.bytes(message, 0, message.length);
        return writer.position() - offset;
    }
}
