package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.wire.AckFrame;
import dev.sluice.rudp.protocol.wire.ByteWriter;
import dev.sluice.rudp.protocol.wire.FrameType;

/**
 * The packets that arrived and when to say so: at once where something is out of order or marked, after {@code threshold} packets, or
 * after the delay (RFC 9000 §13.2). At most {@link AckFrame#MAX_RANGES} ranges are kept; older ones are forgotten.
 */
final class AckTracker {
    static final long NEVER = Long.MAX_VALUE;

    private static final int MANY_RANGES = 32;

    private final LongRanges received = new LongRanges();
    private long largest = -1;
    private long largestAt;
    private int waiting;
    private boolean immediate;
    private long deadline = NEVER;
    private long threshold = 2;
    private long maxDelay;
    private long reordering = 1;
    private long frequencySequence = -1;
    private boolean ecnSeen;
    private long ect0;
    private long ce;

    AckTracker(long maxDelay) {
        this.maxDelay = maxDelay;
    }

    /** A new, genuine packet. {@code ecn}: the two bits of the IP header. */
    void onPacket(long now, long number, boolean ackEliciting, int ecn) {
        boolean gap = number < largest || (reordering > 0 && number > largest + reordering && largest >= 0);
        received.add(number, number + 1);
        if (received.count() > AckFrame.MAX_RANGES) {
            received.removeFirst();
        }
        if (number > largest) {
            largest = number;
            largestAt = now;
        }
        if (ecn != 0) {
            ecnSeen = true;
            ect0 += ecn == 2 ? 1 : 0;
            ce += ecn == 3 ? 1 : 0;
        }
        if (ackEliciting) {
            waiting++;
            immediate |= (gap && reordering > 0) || waiting >= threshold || ecn == 3;
            if (deadline == NEVER) {
                deadline = now + maxDelay;
            }
        }
    }

    void sendNow() {
        immediate = true;
    }

    /** The peer wants acknowledgements at another rate; only its newest wish counts. */
    void onFrequency(long sequence, long threshold, long maxDelay, long reordering) {
        if (sequence > frequencySequence) {
            frequencySequence = sequence;
            this.threshold = Math.max(1, threshold);
            this.maxDelay = maxDelay;
            this.reordering = reordering;
        }
    }

    /** An acknowledgement must leave now. */
    boolean due(long now) {
        return largest >= 0 && (immediate || now >= deadline);
    }

    /** An acknowledgement may ride along in a packet that leaves anyway. */
    boolean pending() {
        return waiting > 0 || immediate;
    }

    long deadline() {
        return deadline;
    }

    /** Many holes: the peer should tell that it got an acknowledgement, so that old ranges can go. */
    boolean manyRanges() {
        return received.count() > MANY_RANGES;
    }

    /** Writes as many ranges as fit; returns the largest number, or -1 where not even one range fits. */
    long write(ByteWriter out, long now) {
        int top = received.count() - 1;
        int fixed = ecnSeen ? 1 + 8 + 8 + 2 + 8 + 16 : 1 + 8 + 8 + 2 + 8;
        if (top < 0 || out.room() < fixed) {
            return -1;
        }
        int ranges = Math.min(received.count(), 1 + (out.room() - fixed) / 8);
        out.u8(ecnSeen ? FrameType.ACK_ECN : FrameType.ACK);
        long first = received.end(top) - 1;
        out.varInt(first);
        out.varInt(first == largest ? Math.max(0, now - largestAt) / 1000 : 0);
        int more = 0;
        int size = 0;
        for (int i = top - 1; i >= 0 && more < ranges - 1; i--) {
            size += rangeSize(i);
            if (size > out.room() - fixed) {
                break;
            }
            more++;
        }
        out.varInt(more);
        out.varInt(first - received.start(top));
        for (int i = top - 1; i >= top - more; i--) {
            out.varInt(received.start(i + 1) - received.end(i) - 1);
            out.varInt(received.end(i) - 1 - received.start(i));
        }
        if (ecnSeen) {
            out.varInt(ect0);
            out.varInt(ce);
        }
        waiting = 0;
        immediate = false;
        deadline = NEVER;
        return first;
    }

    private int rangeSize(int index) {
        return ByteWriter.varIntSize(received.start(index + 1) - received.end(index) - 1)
                + ByteWriter.varIntSize(received.end(index) - 1 - received.start(index));
    }

    /** The peer knows that everything up to here arrived. */
    void onAckAcked(long largestAcknowledged) {
        received.removeBelow(Math.min(largestAcknowledged + 1, largest));
    }
}
