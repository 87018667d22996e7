package dev.sluice.rudp.protocol;

/**
 * What leaves on a stream: bytes from the first that is not acknowledged to the last that the application has written, and which of
 * them are to be sent again. Retransmission is by ranges of bytes, so a new packet may cut them differently than the lost one did.
 *
 * <p>States, as RFC 9000 §3.1 has them: open; {@link #finish finished} by the application; {@link #reset reset}; and
 * {@link #done} once the peer has acknowledged everything or the reset.
 */
final class SendHalf {
    private final StoredBytes bytes;
    private final LongRanges acked = new LongRanges();
    private final LongRanges lost = new LongRanges();

    /** Below this, everything is acknowledged. */
    private long base;
    /** Below this, everything has been sent once. */
    private long next;
    /** The application has written so much. */
    private long written;
    /** The peer takes so much. */
    private long maxData;

    /** The peer is to hear of the stream, even if nothing is written on it. */
    private boolean openDue;

    private boolean finished;
    private boolean finSent;
    private boolean finLost;
    private boolean finAcked;

    private boolean reset;
    private boolean resetAcked;
    private long resetCode;

    SendHalf(long maxData, StreamMemory memory) {
        this.maxData = maxData;
        bytes = new StoredBytes(memory);
    }

    /** We open the stream: the peer hears of it by its first frame, though that may be empty. */
    void open() {
        openDue = true;
    }

    /** Takes as many bytes as {@code limit} leaves room for; they will not be dropped. */
    int write(ByteSource from, int length, long limit) {
        if (finished || reset) {
            return 0;
        }
        int accepted = (int) Math.max(0, Math.min(length, limit - (written - base)));
        if (accepted > 0) {
            bytes.put(written, from, accepted);
            written += accepted;
        }
        return accepted;
    }

    /** Nothing will be written after this. */
    void finish() {
        if (!reset) {
            finished = true;
        }
    }

    /** Gives up what is not delivered yet; returns false where that is too late. */
    boolean reset(long code) {
        if (reset || done()) {
            return false;
        }
        reset = true;
        resetCode = code;
        lost.clear();
        bytes.free();
        return true;
    }

    boolean onMaxData(long max) {
        boolean more = max > maxData;
        maxData = Math.max(maxData, max);
        return more;
    }

    /**
     * Something may be sent, where the connection's window leaves {@code credit} for new bytes. New bytes that fill no packet wait for
     * an acknowledgement where that brings more: the application's next ones, or room in a window (RFC 9293 §3.8.6.2.1).
     *
     * @param packet bytes that fill one
     * @param more the application has more than the buffer takes
     */
    boolean sendable(long credit, int packet, boolean more) {
        if (reset) {
            return false;
        }
        if (!lost.isEmpty() || finPending() || openDue) {
            return true;
        }
        long allowed = Math.min(credit, Math.min(written, maxData) - next);
        boolean rest = allowed == written - next && !more;
        return allowed > 0 && (allowed >= packet || rest || base == next);
    }

    private boolean finPending() {
        return finished && next == written && (!finSent || finLost);
    }

    /** New bytes wait, whether or not a window lets them go. */
    boolean hasUnsent() {
        return !reset && (next < written || (finished && !finSent) || !lost.isEmpty() || finLost);
    }

    boolean retransmits() {
        return !lost.isEmpty();
    }

    /** Where the next chunk begins. */
    long chunkOffset() {
        return lost.isEmpty() ? next : lost.first();
    }

    /** How many bytes the next chunk may have, 0 for a FIN alone, or where the stream is opened before anything is written. */
    int chunkLength(int room, long credit) {
        if (!lost.isEmpty()) {
            return (int) Math.min(room, lost.end(0) - lost.first());
        }
        return (int) Math.max(0, Math.min(Math.min(room, credit), Math.min(written, maxData) - next));
    }

    /** Whether a chunk that ends at {@code end} carries the FIN. */
    boolean chunkFin(long end) {
        return finished && end == written;
    }

    /** Copies the chunk out and counts it as sent; returns how many of its bytes were sent for the first time. */
    int take(long offset, int length, boolean fin, byte[] to, int at) {
        bytes.get(offset, to, at, length);
        openDue = false;
        int fresh = 0;
        if (offset == next) {
            fresh = length;
            next += length;
        } else {
            lost.remove(offset, offset + length);
        }
        if (fin) {
            finSent = true;
            finLost = false;
        }
        return fresh;
    }

    /** A chunk arrived; returns how many bytes of buffer became free by it. */
    long onAcked(long offset, int length, boolean fin) {
        openDue = false;
        finAcked |= fin;
        if (fin) {
            finLost = false;
        }
        if (reset || length == 0) {
            return 0;
        }
        long end = offset + length;
        if (!lost.isEmpty()) {
            lost.remove(offset, end);
        }
        long before = base;
        if (offset <= base) {
            base = Math.max(base, end);
            if (!acked.isEmpty()) {
                base = acked.nextMissing(base);
                acked.removeBelow(base);
            }
        } else {
            acked.add(offset, end);
        }
        if (base > before) {
            bytes.release(base, written);
        }
        return base - before;
    }

    /** A chunk is lost, or to be sent once more by a probe. What has arrived in another packet is left out. */
    void onLost(long offset, int length, boolean fin) {
        if (reset) {
            return;
        }
        if (fin && !finAcked) {
            finLost = true;
        }
        openDue |= length == 0 && !fin && next == 0; // what was sent since opens it, too
        long end = offset + length;
        long from = Math.max(offset, base);
        while (from < end) {
            from = acked.nextMissing(from);
            long to = acked.nextMember(from, end);
            if (from < to) {
                lost.add(from, to);
            }
            from = to;
        }
    }

    /** Nothing of 0-RTT was taken: all is to be sent for the first time, with the window that the server gives now. */
    void restart(long maxData) {
        this.maxData = maxData;
        lost.clear();
        next = 0;
        openDue = true;
        finSent = false;
        finLost = false;
    }

    void onResetAcked() {
        resetAcked = true;
    }

    /** Nothing more will be sent on this stream. */
    boolean done() {
        return reset ? resetAcked : finAcked && base == written;
    }

    boolean isFinished() {
        return finished || reset;
    }

    long resetCode() {
        return resetCode;
    }

    /** The size that a reset declares: what the peer has counted, or will count, against its windows. */
    long sentSize() {
        return next;
    }

    /** Bytes that are buffered. */
    long buffered() {
        return reset ? 0 : written - base;
    }

    int memory() {
        return bytes.capacity();
    }

    void free() {
        bytes.free();
        acked.clear();
        lost.clear();
    }
}
