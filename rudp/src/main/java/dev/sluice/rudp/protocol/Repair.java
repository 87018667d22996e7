package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.fec.FecDecoder;
import dev.sluice.rudp.protocol.fec.FecEncoder;
import dev.sluice.rudp.protocol.fec.FecRate;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Forward error correction of one connection, where both ends want it: repair symbols for what we send, and lost packets of the peer's
 * that are made again of its symbols. What was repaired counts as lost for the rate of symbols, and as arrived for everything else.
 */
final class Repair {
    /** Bytes that a packet which is protected must leave free, so that its repair symbol fits into a packet of the same size. */
    static final int RESERVE = FecEncoder.MAX_OVERHEAD + 1;

    /** A packet of the peer's that was repaired. */
    @SuppressWarnings("ArrayRecordComponent") // one use, no comparison
    record Repaired(long number, byte[] payload) {}

    private final FecEncoder encoder;
    private final FecDecoder decoder;
    private final FecRate rate = new FecRate();
    private final ArrayDeque<Repaired> repaired = new ArrayDeque<>();
    private long told;
    private long count;

    Repair(int maxPacket) {
        encoder = new FecEncoder(maxPacket);
        decoder = new FecDecoder(maxPacket, (number, payload, offset, length) -> {
            byte[] copy = new byte[length];
            System.arraycopy(payload, offset, copy, 0, length);
            repaired.add(new Repaired(number, copy));
            count++;
        });
    }

    void onSent(long number, byte[] payload, int offset, int length) {
        encoder.onSent(number, payload, offset, length, rate);
    }

    void flush() {
        encoder.flush(rate);
    }

    /** Bytes of the next repair symbol, 0 for none. */
    int pending() {
        return encoder.pendingLength();
    }

    int write(byte[] out, int offset) {
        return encoder.writeRepair(out, offset);
    }

    /** Drops the next repair symbol. */
    void discard() {
        byte[] nowhere = new byte[encoder.pendingLength()];
        encoder.writeRepair(nowhere, 0);
    }

    void onFeedback(int acked, int lost) {
        rate.onFeedback(acked, lost);
    }

    /** The peer says how many of our packets it has repaired so far. */
    void onRepairedByPeer(long total) {
        if (total > told) {
            rate.onFeedback(0, (int) Math.min(total - told, 1000));
            told = total;
        }
    }

    void onSource(long number, byte[] payload, int offset, int length) {
        decoder.onSource(number, payload, offset, length);
    }

    boolean onSymbol(byte[] body, int offset, int length) {
        return decoder.onRepair(body, offset, length);
    }

    @Nullable
    Repaired poll() {
        return repaired.poll();
    }

    /** How many packets of the peer's were repaired. */
    long count() {
        return count;
    }
}
