package dev.sluice.rudp.protocol.wire;

/**
 * An acknowledgement as it was read: ranges of packet numbers, highest first, and counts of ECN marks. One object is used for every
 * frame of a connection.
 */
public final class AckFrame {
    /** More ranges than this are neither sent nor read. */
    public static final int MAX_RANGES = 64;

    private final long[] low = new long[MAX_RANGES];
    private final long[] high = new long[MAX_RANGES];
    private int count;
    private long delay;
    private boolean ecn;
    private long ect0;
    private long ce;

    /** Reads all after the type. */
    void read(ByteReader in, boolean withEcn) {
        long largest = in.varInt();
        delay = in.varInt();
        long more = in.varInt();
        if (more >= MAX_RANGES) {
            throw new ProtocolViolation(ErrorCode.FRAME_ENCODING, "too many ranges in an acknowledgement");
        }
        count = 0;
        long top = largest;
        for (int i = 0; i <= more; i++) {
            if (i > 0) {
                top = low[i - 1] - 2 - in.varInt();
            }
            long bottom = top - in.varInt();
            if (bottom < 0) {
                throw new ProtocolViolation(ErrorCode.FRAME_ENCODING, "an acknowledgement below zero");
            }
            low[i] = bottom;
            high[i] = top;
            count++;
        }
        ecn = withEcn;
        if (withEcn) {
            ect0 = in.varInt();
            ce = in.varInt();
        }
    }

    /** How many ranges. */
    public int count() {
        return count;
    }

    /** The lowest packet number of a range. */
    public long low(int range) {
        return low[range];
    }

    /** The highest packet number of a range. */
    public long high(int range) {
        return high[range];
    }

    /** The highest packet number of all. */
    public long largest() {
        return high[0];
    }

    /** For how long the receiver kept the largest, in microseconds. */
    public long delayMicros() {
        return delay;
    }

    /** Whether there are ECN counts. */
    public boolean hasEcn() {
        return ecn;
    }

    /** Packets that arrived marked ECT(0). */
    public long ect0() {
        return ect0;
    }

    /** Packets that arrived marked CE. */
    public long ce() {
        return ce;
    }
}
