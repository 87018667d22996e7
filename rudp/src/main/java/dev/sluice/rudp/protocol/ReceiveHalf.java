package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.wire.ErrorCode;
import dev.sluice.rudp.protocol.wire.ProtocolViolation;

/**
 * What arrives on a stream: bytes in order for the application, bytes that came early, and the end. The memory is bounded by the
 * {@link ReceiveWindow} that the peer was told, and the number of gaps by {@link #MAX_GAPS}.
 */
final class ReceiveHalf {
    /** {@link #read} at the end of the stream: every byte before it was read. */
    static final int END = -1;
    /** {@link #read} of a stream that the peer reset. */
    static final int RESET = -2;

    /** So many separate pieces may wait for what is missing between them. */
    static final int MAX_GAPS = 10_000;

    private static final long UNKNOWN = -1;

    private final StoredBytes bytes;
    private final LongRanges early = new LongRanges();
    private final ReceiveWindow window;

    private long read;
    /** Below this, everything has arrived. */
    private long contiguous;
    /** No byte arrived from here on. */
    private long highest;
    private long finalSize = UNKNOWN;
    private boolean endRead;
    private boolean reset;
    private boolean stopped;

    ReceiveHalf(ReceiveWindow window, StreamMemory memory) {
        this.window = window;
        bytes = new StoredBytes(memory);
    }

    ReceiveWindow window() {
        return window;
    }

    /** How much further {@code end} is than any byte before; to be checked against the windows before {@link #onData}. */
    long growth(long end) {
        return Math.max(0, end - highest);
    }

    /** Takes a chunk. Returns whether the application has something to read, or the end, that it had not before. */
    boolean onData(long offset, byte[] from, int at, int length, boolean fin) {
        long end = offset + length;
        checkFinalSize(end, fin);
        checkWindow(end);
        boolean news = fin && finalSize == UNKNOWN;
        if (fin) {
            finalSize = end;
        }
        highest = Math.max(highest, end);
        if (reset || stopped) {
            contiguous = stopped ? Math.max(contiguous, end) : contiguous;
            return false;
        }
        long before = contiguous;
        store(offset, from, at, length);
        return contiguous > before || (news && contiguous == finalSize);
    }

    private void checkFinalSize(long end, boolean fin) {
        if ((finalSize != UNKNOWN && (end > finalSize || (fin && end != finalSize))) || (fin && end < highest)) {
            throw new ProtocolViolation(ErrorCode.FINAL_SIZE, "data beyond the end of the stream");
        }
    }

    private void checkWindow(long end) {
        if (end > window.max()) {
            throw new ProtocolViolation(ErrorCode.FLOW_CONTROL, "data beyond the stream's window");
        }
    }

    private void store(long offset, byte[] from, int at, int length) {
        long end = offset + length;
        if (end <= contiguous) {
            return;
        }
        if (offset < contiguous) {
            int known = (int) (contiguous - offset);
            at += known;
            length -= known;
            offset = contiguous;
        }
        bytes.put(offset, from, at, length);
        if (offset == contiguous) {
            contiguous = end;
            if (!early.isEmpty()) {
                contiguous = Math.max(contiguous, early.nextMissing(contiguous));
                early.removeBelow(contiguous);
            }
        } else {
            early.add(offset, end);
            if (early.count() > MAX_GAPS) {
                throw new ProtocolViolation(ErrorCode.VIOLATION, "too many gaps in a stream");
            }
        }
    }

    /** The peer gave the stream up. Returns whether that is news for the application. */
    boolean onReset(long size) {
        if ((finalSize != UNKNOWN && size != finalSize) || size < highest) {
            throw new ProtocolViolation(ErrorCode.FINAL_SIZE, "a reset with another size than the stream's");
        }
        checkWindow(size);
        boolean complete = finalSize != UNKNOWN && contiguous == size;
        finalSize = size;
        highest = size;
        if (reset || stopped || complete) {
            // what has arrived in full is still delivered (RFC 9000 §3.2)
            return false;
        }
        reset = true;
        bytes.free();
        early.clear();
        return true;
    }

    /** Bytes that {@link #read} would give now. */
    long readable() {
        return reset || stopped ? 0 : contiguous - read;
    }

    /** Whether {@link #read} has an answer: bytes, the end, or a reset. */
    boolean hasNews() {
        return readable() > 0 || (reset && !endRead) || (finalSize == read && !endRead && !stopped);
    }

    /** Gives bytes away; their number, 0 while there is nothing, {@link #END} or {@link #RESET}. */
    int read(ByteSink to, int length) {
        if (reset) {
            endRead = true;
            return RESET;
        }
        int count = (int) Math.min(length, readable());
        if (count > 0) {
            bytes.get(read, to, count);
            read += count;
            bytes.release(read, highest);
            return count;
        }
        if (read == finalSize && !stopped) {
            endRead = true;
            return END;
        }
        return stopped ? END : 0;
    }

    /** The application wants no more; returns how many bytes that it will never read were taken off the windows by the peer. */
    long stop() {
        long unread = highest - read;
        stopped = true;
        read = highest;
        contiguous = highest;
        bytes.free();
        early.clear();
        return unread;
    }

    /** After a reset or a stop: what was counted against the connection's window since, and will not be read. */
    long discard() {
        long unread = highest - read;
        read = highest;
        return unread;
    }

    boolean isStopped() {
        return stopped;
    }

    boolean isReset() {
        return reset;
    }

    /** The end is known, so the peer needs no larger window. */
    boolean endKnown() {
        return finalSize != UNKNOWN;
    }

    /** The application has seen the end, or will not look. */
    boolean done() {
        return endRead || (stopped && finalSize != UNKNOWN);
    }

    int memory() {
        return bytes.capacity();
    }

    void free() {
        bytes.free();
        early.clear();
    }
}
