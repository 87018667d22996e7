package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.congestion.Transmission;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One packet that was sent: what it carried, so that an acknowledgement or a loss reaches the streams and controls it is of. The objects
 * are slots of {@link SentPackets} and used again; a packet with one piece of one stream allocates nothing.
 */
final class SentPacket extends Transmission {
    /** States of a slot. */
    enum State {
        /** The number was left out on purpose, the server did not take it as early data, or the slot is unused. */
        NOT_SENT,
        /** On its way. */
        OUTSTANDING,
        /** Arrived. */
        ACKED,
        /** Taken for lost; it may arrive still. */
        LOST
    }

    /** What an item of the packet is. */
    static final byte DATA = 0;
    static final byte DATA_FIN = 1;
    static final byte MAX_STREAM_DATA = 2;
    static final byte RESET_STREAM = 3;
    static final byte STOP_SENDING = 4;
    static final byte NEW_CONNECTION_ID = 5;
    static final byte RETIRE_CONNECTION_ID = 6;
    static final byte MAX_DATA = 7;
    static final byte MAX_STREAMS = 8;
    static final byte HANDSHAKE_DONE = 9;
    static final byte ACK_FREQUENCY = 10;

    State state = State.NOT_SENT;
    boolean ackEliciting;
    /** Counts against the congestion window. */
    boolean inFlight;
    boolean mtuProbe;
    /** Sealed with the keys of the first flight. */
    boolean early;
    /** Was put up for retransmission by a probe already. */
    boolean probed;
    @Nullable
    Path path;
    /** The largest packet that its ACK frame acknowledges; -1 without one. */
    long largestAck = -1;
    long lostAt;

    private int items;
    private byte[] kinds = new byte[2];
    private @Nullable StreamState[] streams = new StreamState[2];
    private long[] offsets = new long[2];
    private int[] lengths = new int[2];

    void add(byte kind, @Nullable StreamState stream, long offset, int length) {
        if (items == kinds.length) {
            kinds = Arrays.copyOf(kinds, 2 * items);
            streams = Arrays.copyOf(streams, 2 * items);
            offsets = Arrays.copyOf(offsets, 2 * items);
            lengths = Arrays.copyOf(lengths, 2 * items);
        }
        kinds[items] = kind;
        streams[items] = stream;
        offsets[items] = offset;
        lengths[items] = length;
        items++;
    }

    int items() {
        return items;
    }

    byte kind(int item) {
        return kinds[item];
    }

    /** The stream of an item that has one. */
    StreamState stream(int item) {
        StreamState stream = streams[item];
        if (stream == null) {
            throw new IllegalStateException("an item of no stream");
        }
        return stream;
    }

    long offset(int item) {
        return offsets[item];
    }

    int length(int item) {
        return lengths[item];
    }

    /** Forgets what it carried. */
    void clear() {
        for (int i = 0; i < items; i++) {
            streams[i] = null;
        }
        items = 0;
        if (kinds.length > 64) {
            kinds = new byte[2];
            streams = new StreamState[2];
            offsets = new long[2];
            lengths = new int[2];
        }
        ackEliciting = false;
        inFlight = false;
        mtuProbe = false;
        early = false;
        probed = false;
        path = null;
        largestAck = -1;
        bytes = 0;
    }
}
