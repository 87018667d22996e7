package dev.sluice.rudp.protocol.wire;

/**
 * What an end tells the other within the handshake: limits on what may be sent to it, and the ID it is known by. On the wire: count,
 * then pairs of an ID and a length with content, as variable-length integers. Unknown ones are skipped.
 *
 * @param maxData bytes that may be sent to it on the whole connection at first
 * @param maxStreamData the same for each stream
 * @param maxStreams how many streams the other end may open at first
 * @param maxIdleMillis it gives up after so long without a packet; 0 never
 * @param maxAckDelayMicros for so long it may hold an acknowledgement back
 * @param maxDatagram bytes of the largest unreliable message it takes; 0 none
 * @param maxPacket bytes of the largest UDP payload it takes
 * @param activeIds how many connection IDs it keeps of the other end
 * @param fec whether it uses repair packets
 * @param sourceId the ID in the headers of its handshake packets, bound here to the handshake
 * @param resetToken the stateless reset token of that ID
 */
@SuppressWarnings("ArrayRecordComponent") // one use, no comparison
public record TransportParameters(long maxData, long maxStreamData, long maxStreams, long maxIdleMillis, long maxAckDelayMicros,
        int maxDatagram, int maxPacket, int activeIds, boolean fec, ConnectionId sourceId, byte[] resetToken) {
    /** Bytes that {@link #encode} never passes. */
    public static final int MAX_LENGTH = 160;

    private static final int MAX_DATA = 1;
    private static final int MAX_STREAM_DATA = 2;
    private static final int MAX_STREAMS = 3;
    private static final int MAX_IDLE = 4;
    private static final int MAX_ACK_DELAY = 5;
    private static final int MAX_DATAGRAM = 6;
    private static final int MAX_PACKET = 7;
    private static final int ACTIVE_IDS = 8;
    private static final int FEC = 9;
    private static final int SOURCE_ID = 10;
    private static final int RESET_TOKEN = 11;

    /** What a client may send before it knows the limits; nobody may say less. */
    public static final int LEAST_DATA = 64 * 1024;
    /** How many streams it may open before; nobody may say fewer. */
    public static final int LEAST_STREAMS = 64;

    private static final long MAX_STREAM_COUNT = 1L << 60;
    private static final long MAX_ACK_DELAY_MICROS = 1 << 24;

    /** The bytes of these parameters. */
    public byte[] encode() {
        byte[] bytes = new byte[MAX_LENGTH];
        ByteWriter out = new ByteWriter().wrap(bytes, 0, bytes.length);
        out.varInt(11);
        number(out, MAX_DATA, maxData);
        number(out, MAX_STREAM_DATA, maxStreamData);
        number(out, MAX_STREAMS, maxStreams);
        number(out, MAX_IDLE, maxIdleMillis);
        number(out, MAX_ACK_DELAY, maxAckDelayMicros);
        number(out, MAX_DATAGRAM, maxDatagram);
        number(out, MAX_PACKET, maxPacket);
        number(out, ACTIVE_IDS, activeIds);
        number(out, FEC, fec ? 1 : 0);
        blob(out, SOURCE_ID, sourceId.bytes());
        blob(out, RESET_TOKEN, resetToken);
        return java.util.Arrays.copyOf(bytes, out.position());
    }

    private static void number(ByteWriter out, int id, long value) {
        out.varInt(id);
        out.varInt(ByteWriter.varIntSize(value));
        out.varInt(value);
    }

    private static void blob(ByteWriter out, int id, byte[] value) {
        out.varInt(id);
        out.varInt(value.length);
        out.bytes(value, 0, value.length);
    }

    /**
     * Reads what {@link #encode} wrote; bytes after it are padding.
     *
     * @throws ProtocolViolation with {@link ErrorCode#PARAMETERS} for what cannot be
     */
    public static TransportParameters decode(byte[] bytes, int offset, int length) {
        try {
            return read(new ByteReader().wrap(bytes, offset, length));
        } catch (ProtocolViolation e) {
            throw new ProtocolViolation(ErrorCode.PARAMETERS, "transport parameters: " + e.getMessage());
        }
    }

    private static TransportParameters read(ByteReader in) {
        long[] numbers = {0, 0, 0, 0, 0, 25_000, 0, 1200, 2, 0};
        ConnectionId source = null;
        byte[] token = null;
        long count = in.varInt();
        for (long i = 0; i < count; i++) {
            long id = in.varInt();
            int size = in.length();
            if (id > 0 && id < SOURCE_ID) {
                int before = in.remaining();
                numbers[(int) id] = in.varInt();
                check(before - in.remaining() == size, "a number of the wrong length");
            } else if (id == SOURCE_ID) {
                check(size == ConnectionId.LENGTH, "a connection ID of the wrong length");
                source = ConnectionId.read(in.array(), in.position());
                in.skip(size);
            } else if (id == RESET_TOKEN) {
                check(size == ResetPacket.TOKEN_LENGTH, "a token of the wrong length");
                token = in.copy(size);
            } else {
                in.skip(size);
            }
        }
        check(numbers[MAX_DATA] >= LEAST_DATA && numbers[MAX_STREAM_DATA] >= LEAST_DATA
                && numbers[MAX_STREAMS] >= LEAST_STREAMS, "a limit below what a first flight may use");
        check(numbers[MAX_STREAMS] <= MAX_STREAM_COUNT && numbers[MAX_ACK_DELAY] <= MAX_ACK_DELAY_MICROS
                && numbers[MAX_PACKET] >= 1200 && numbers[ACTIVE_IDS] >= 2, "a limit that cannot be");
        if (source == null || token == null) {
            throw new ProtocolViolation(ErrorCode.PARAMETERS, "no connection ID or no token");
        }
        return new TransportParameters(numbers[MAX_DATA], numbers[MAX_STREAM_DATA], numbers[MAX_STREAMS], numbers[MAX_IDLE],
                numbers[MAX_ACK_DELAY], (int) Math.min(numbers[MAX_DATAGRAM], 65_535),
                (int) Math.min(numbers[MAX_PACKET], 65_527),
                (int) Math.min(numbers[ACTIVE_IDS], 64), numbers[FEC] != 0, source, token);
    }

    private static void check(boolean right, String rule) {
        if (!right) {
            throw new ProtocolViolation(ErrorCode.PARAMETERS, rule);
        }
    }

    @Override
    public String toString() {
        return "TransportParameters[" + sourceId + "]";
    }
}
