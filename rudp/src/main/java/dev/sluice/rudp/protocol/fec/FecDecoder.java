package dev.sluice.rudp.protocol.fec;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Recovers lost packets from repair symbols: keeps the payloads of the last {@value #WINDOW} packets received and the repair symbols of
 * the last {@value #BLOCKS} blocks that miss some. Both are rings, the oldest go; a block keeps no more symbols than it can use. Its
 * owner's thread only.
 */
public final class FecDecoder {
    /** Packets whose payload is kept. */
    static final int WINDOW = 256;
    /** Blocks that wait for more. */
    static final int BLOCKS = 8;

    /** Gets what was recovered. */
    @FunctionalInterface
    public interface Sink {
        /** The payload of a packet that was lost, as if it had been received. The array is this call's only. */
        void onRecovered(long packetNumber, byte[] payload, int offset, int length);
    }

    private final int maxSymbol;
    private final Sink sink;
    private final byte[][] payloads = new byte[WINDOW][];
    private final int[] lengths = new int[WINDOW];
    private final long[] numbers = new long[WINDOW];
    private final @Nullable Block[] blocks = new @Nullable Block[BLOCKS];
    private int nextBlock;
    private long recovered;

    /** A block that misses sources. */
    private static final class Block {
        final long first;
        final int span;
        final long low;
        final long high;
        final int symbolLength;
        final byte[][] symbols = new byte[FecRate.MAX_REPAIRS][];
        final int[] indices = new int[FecRate.MAX_REPAIRS];
        int count;

        Block(long first, int span, long low, long high, int symbolLength) {
            this.first = first;
            this.span = span;
            this.low = low;
            this.high = high;
            this.symbolLength = symbolLength;
        }

        boolean has(int place) {
            return place >= 0 && place < span && ((place < 64 ? low >>> place : high >>> (place - 64)) & 1) != 0;
        }

        boolean same(long otherFirst, int otherSpan, long otherLow, long otherHigh, int otherLength) {
            return first == otherFirst && span == otherSpan && low == otherLow && high == otherHigh
                    && symbolLength == otherLength;
        }
    }

    /**
     * A decoder.
     *
     * @param maxPayload bytes of the longest payload
     */
    public FecDecoder(int maxPayload, Sink sink) {
        this.maxSymbol = RepairFrame.LENGTH + maxPayload;
        this.sink = sink;
        Arrays.fill(numbers, -1);
    }

    /** A packet was received. */
    public void onSource(long packetNumber, byte[] payload, int offset, int length) {
        if (length > maxSymbol - RepairFrame.LENGTH) {
            return;
        }
        int slot = (int) (packetNumber & (WINDOW - 1));
        if (numbers[slot] >= packetNumber) {
            return;
        }
        byte[] kept = payloads[slot];
        if (kept == null || kept.length < length) {
            kept = new byte[Math.max(length, Math.min(maxSymbol, 1500))];
            payloads[slot] = kept;
        }
        System.arraycopy(payload, offset, kept, 0, length);
        lengths[slot] = length;
        numbers[slot] = packetNumber;
        for (int i = 0; i < BLOCKS; i++) {
            Block block = blocks[i];
            if (block != null && block.has(Math.clamp(packetNumber - block.first, -1, Cauchy.MAX_SOURCES))) {
                tryToSolve(i, block);
            }
        }
    }

    /**
     * A repair frame's body was received.
     *
     * @return false where it breaks the rules of the format
     */
    public boolean onRepair(byte[] body, int offset, int length) {
        if (!RepairFrame.valid(body, offset, length, maxSymbol)) {
            return false;
        }
        long first = RepairFrame.first(body, offset);
        int span = RepairFrame.span(body, offset);
        long low = RepairFrame.bits(body, offset, span, 0);
        long high = RepairFrame.bits(body, offset, span, 1);
        int head = RepairFrame.headLength(span);
        int slot = slot(first, span, low, high, length - head);
        Block block = blocks[slot];
        if (block == null) {
            block = new Block(first, span, low, high, length - head);
            if (missing(block) == 0) {
                return true;
            }
            blocks[slot] = block;
            nextBlock = (slot + 1) % BLOCKS;
        }
        int index = body[offset] & 0xff;
        for (int i = 0; i < block.count; i++) {
            if (block.indices[i] == index) {
                return true;
            }
        }
        if (block.count < FecRate.MAX_REPAIRS) {
            block.symbols[block.count] = Arrays.copyOfRange(body, offset + head, offset + length);
            block.indices[block.count] = index;
            block.count++;
            tryToSolve(slot, block);
        }
        return true;
    }

    /** Packets recovered. */
    public long recovered() {
        return recovered;
    }

    /** Where the block is; or an empty place for it, the oldest block's if need be. */
    private int slot(long first, int span, long low, long high, int symbolLength) {
        for (int i = 0; i < BLOCKS; i++) {
            Block block = blocks[i];
            if (block != null && block.same(first, span, low, high, symbolLength)) {
                return i;
            }
        }
        for (int i = 0; i < BLOCKS; i++) {
            if (blocks[i] == null) {
                return i;
            }
        }
        blocks[nextBlock] = null;
        return nextBlock;
    }

    private boolean known(long packetNumber) {
        return numbers[(int) (packetNumber & (WINDOW - 1))] == packetNumber;
    }

    private int missing(Block block) {
        int missing = 0;
        for (int place = 0; place < block.span; place++) {
            missing += block.has(place) && !known(block.first + place) ? 1 : 0;
        }
        return missing;
    }

    private void tryToSolve(int slot, Block block) {
        int missing = missing(block);
        if (missing > block.count) {
            return;
        }
        blocks[slot] = null;
        if (missing > 0) {
            solve(block, missing);
        }
    }

    private void solve(Block block, int missing) {
        int[] sources = new int[missing];
        int found = 0;
        byte[] prefix = new byte[RepairFrame.LENGTH];
        for (int place = 0; place < block.span; place++) {
            if (!block.has(place)) {
                continue;
            }
            long number = block.first + place;
            if (!known(number)) {
                sources[found++] = place;
                continue;
            }
            int slot = (int) (number & (WINDOW - 1));
            int length = lengths[slot];
            if (RepairFrame.LENGTH + length > block.symbolLength) {
                // not the block that was sent: the peer errs, and nothing can be recovered
                return;
            }
            prefix[0] = (byte) (length >> 8);
            prefix[1] = (byte) length;
            for (int i = 0; i < missing; i++) {
                int factor = Cauchy.factor(block.indices[i], place);
                Gf256.addProduct(factor, prefix, 0, RepairFrame.LENGTH, block.symbols[i], 0);
                Gf256.addProduct(factor, payloads[slot], 0, length, block.symbols[i], RepairFrame.LENGTH);
            }
        }
        byte[][] symbols = Arrays.copyOf(block.symbols, missing);
        Cauchy.solve(Arrays.copyOf(block.indices, missing), sources, symbols, block.symbolLength);
        for (int i = 0; i < missing; i++) {
            byte[] symbol = symbols[i];
            int length = ((symbol[0] & 0xff) << 8) | (symbol[1] & 0xff);
            if (length <= block.symbolLength - RepairFrame.LENGTH) {
                recovered++;
                sink.onRecovered(block.first + sources[i], symbol, RepairFrame.LENGTH, length);
            }
        }
    }
}
