package dev.sluice.rudp.protocol.wire;

import java.nio.charset.StandardCharsets;

/** Takes the content of an authenticated packet apart. One per connection: it allocates nothing for the frames of the data path. */
public final class FrameParser {
    /** {@link #parse} met at least one frame that asks for an acknowledgement. */
    public static final int ACK_ELICITING = 1;
    /** {@link #parse} met at least one frame that is not for probing paths (RFC 9000 §9.1). */
    public static final int NON_PROBING = 2;

    /** Bytes of a close reason that are looked at. */
    static final int MAX_REASON = 256;

    private final ByteReader in = new ByteReader();
    private final AckFrame ack = new AckFrame();

    /**
     * Calls the handler for every frame.
     *
     * @return {@link #ACK_ELICITING} and {@link #NON_PROBING}
     * @throws ProtocolViolation where the bytes or the handler break a rule; frames before it have been handled
     */
    public int parse(byte[] bytes, int offset, int length, FrameHandler handler) {
        if (length == 0) {
            throw new ProtocolViolation(ErrorCode.FRAME_ENCODING, "a packet without frames");
        }
        in.wrap(bytes, offset, length);
        int seen = 0;
        while (in.remaining() > 0) {
            seen |= frame(handler);
        }
        return seen;
    }

    private int frame(FrameHandler handler) {
        long type = in.varInt();
        if (type >= FrameType.SKIPPABLE) {
            in.skip(in.length());
            return ACK_ELICITING | NON_PROBING;
        }
        if ((type & ~7) == FrameType.STREAM) {
            stream((int) type, handler);
            return ACK_ELICITING | NON_PROBING;
        }
        switch ((int) type) {
            case FrameType.PADDING -> {
                padding();
                return 0;
            }
            case FrameType.PING ->
                handler.onPing();
            case FrameType.ACK, FrameType.ACK_ECN -> {
                ack.read(in, type == FrameType.ACK_ECN);
                handler.onAck(ack);
                return NON_PROBING;
            }
            case FrameType.DATAGRAM, FrameType.DATAGRAM_LEN -> {
                int size = type == FrameType.DATAGRAM ? in.remaining() : in.length();
                int from = in.position();
                in.skip(size);
                handler.onDatagram(in.array(), from, size);
            }
            case FrameType.PATH_CHALLENGE -> {
                handler.onPathChallenge(in.i64());
                return ACK_ELICITING;
            }
            case FrameType.PATH_RESPONSE -> {
                handler.onPathResponse(in.i64());
                return ACK_ELICITING;
            }
            case FrameType.NEW_CONNECTION_ID -> {
                newConnectionId(handler);
                return ACK_ELICITING;
            }
            case FrameType.CLOSE, FrameType.APPLICATION_CLOSE -> {
                close(type == FrameType.APPLICATION_CLOSE, handler);
                return NON_PROBING;
            }
            case FrameType.FEC_REPAIRED -> {
                handler.onFecRepaired(in.varInt());
                return NON_PROBING;
            }
            case FrameType.FEC_REPAIR -> {
                int rest = in.remaining();
                int start = in.position();
                in.skip(rest);
                handler.onFecRepair(in.array(), start, rest);
                return ACK_ELICITING | NON_PROBING;
            }
            default ->
                control((int) type, handler);
        }
        return ACK_ELICITING | NON_PROBING;
    }

    private void stream(int type, FrameHandler handler) {
        long stream = in.varInt();
        long offset = (type & FrameType.STREAM_OFF) != 0 ? in.varInt() : 0;
        int size = (type & FrameType.STREAM_LEN) != 0 ? in.length() : in.remaining();
        if (offset + size > ByteWriter.MAX_VAR_INT) {
            throw new ProtocolViolation(ErrorCode.FRAME_ENCODING, "a stream beyond its largest offset");
        }
        int from = in.position();
        in.skip(size);
        handler.onStream(stream, offset, in.array(), from, size, (type & FrameType.STREAM_FIN) != 0);
    }

    private void control(int type, FrameHandler handler) {
        switch (type) {
            case FrameType.RESET_STREAM -> handler.onResetStream(in.varInt(), in.varInt(), in.varInt());
            case FrameType.STOP_SENDING -> handler.onStopSending(in.varInt(), in.varInt());
            case FrameType.MAX_DATA -> handler.onMaxData(in.varInt());
            case FrameType.MAX_STREAM_DATA -> handler.onMaxStreamData(in.varInt(), in.varInt());
            case FrameType.MAX_STREAMS -> handler.onMaxStreams(in.varInt());
            case FrameType.RETIRE_CONNECTION_ID -> handler.onRetireConnectionId(in.varInt());
            case FrameType.HANDSHAKE_DONE -> handler.onHandshakeDone();
            case FrameType.ACK_FREQUENCY -> handler.onAckFrequency(in.varInt(), in.varInt(), in.varInt(), in.varInt());
            case FrameType.IMMEDIATE_ACK -> handler.onImmediateAck();
            default -> throw new ProtocolViolation(ErrorCode.FRAME_ENCODING, "a frame of an unknown type");
        }
    }

    private void newConnectionId(FrameHandler handler) {
        long sequence = in.varInt();
        long retirePriorTo = in.varInt();
        if (in.u8() != ConnectionId.LENGTH || retirePriorTo > sequence) {
            throw new ProtocolViolation(ErrorCode.FRAME_ENCODING, "a connection ID of the wrong form");
        }
        int from = in.position();
        in.skip(ConnectionId.LENGTH);
        handler.onNewConnectionId(sequence, retirePriorTo, ConnectionId.read(in.array(), from),
                in.copy(ResetPacket.TOKEN_LENGTH));
    }

    private void close(boolean application, FrameHandler handler) {
        long code = in.varInt();
        int size = in.length();
        int from = in.position();
        in.skip(size);
        handler.onClose(application, code,
                new String(in.array(), from, Math.min(size, MAX_REASON), StandardCharsets.UTF_8));
    }

    private void padding() {
        byte[] bytes = in.array();
        int at = in.position();
        int end = at + in.remaining();
        while (at < end && bytes[at] == 0) {
            at++;
        }
        in.skip(at - in.position());
    }
}
