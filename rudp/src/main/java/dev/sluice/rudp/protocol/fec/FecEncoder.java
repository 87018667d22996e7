package dev.sluice.rudp.protocol.fec;

import java.util.Arrays;

/**
 * Makes repair packets: adds the payloads of packets to a block as they are sent, and gives for each full block as many repair symbols as
 * {@link FecRate} wanted when it began. Any of them makes up for any one lost packet of the block. Memory is the repair symbols of one
 * block, and those of the last that have not been taken. Its owner's thread only.
 *
 * <p>Order of calls: {@link #onSent} for each packet with data; while {@link #pendingLength()} is not 0, {@link #writeRepair} into a
 * packet of its own, which is not given to {@link #onSent}.
 */
public final class FecEncoder {
    /** Packets in a block. */
    public static final int BLOCK = 32;
    /** Bytes that a repair frame's body may have beyond the longest payload of its block. */
    public static final int MAX_OVERHEAD = RepairFrame.MAX_HEAD + RepairFrame.LENGTH;

    private final int maxPayload;
    private final byte[][] sums = new byte[FecRate.MAX_REPAIRS][];
    private final byte[] head = new byte[RepairFrame.MAX_HEAD];
    private final byte[] length = new byte[RepairFrame.LENGTH];

    private int repairs;
    private int sources;
    private long first;
    private long last;
    private long low;
    private long high;
    private int longest;

    private byte[][] pending = new byte[0][];
    private int nextPending;

    /**
     * An encoder.
     *
     * @param maxPayload bytes of the longest payload to be protected
     */
    public FecEncoder(int maxPayload) {
        this.maxPayload = maxPayload;
    }

    /** A packet with data was sent; its payload (the frames, before sealing) is taken into the block. */
    public void onSent(long packetNumber, byte[] payload, int offset, int payloadLength, FecRate rate) {
        if (payloadLength > maxPayload) {
            return;
        }
        if (sources > 0 && packetNumber - first >= Cauchy.MAX_SOURCES) {
            flush(rate);
        }
        if (sources == 0) {
            repairs = rate.repairs(BLOCK);
            if (repairs == 0) {
                return;
            }
            first = packetNumber;
        }
        int place = (int) (packetNumber - first);
        if (place < 64) {
            low |= 1L << place;
        } else {
            high |= 1L << (place - 64);
        }
        last = packetNumber;
        length[0] = (byte) (payloadLength >> 8);
        length[1] = (byte) payloadLength;
        for (int repair = 0; repair < repairs; repair++) {
            byte[] sum = sums[repair];
            if (sum == null) {
                sum = new byte[RepairFrame.LENGTH + maxPayload];
                sums[repair] = sum;
            }
            int factor = Cauchy.factor(repair, place);
            Gf256.addProduct(factor, length, 0, RepairFrame.LENGTH, sum, 0);
            Gf256.addProduct(factor, payload, offset, payloadLength, sum, RepairFrame.LENGTH);
        }
        longest = Math.max(longest, payloadLength);
        if (++sources == BLOCK) {
            close(repairs);
        }
    }

    /** Nothing more is to be sent for now: the block ends early, with its share of repair symbols. */
    public void flush(FecRate rate) {
        if (sources > 0) {
            close(Math.min(repairs, Math.max(1, rate.repairs(sources))));
        }
    }

    /** Bytes of the next repair frame's body; 0 where none is due. */
    public int pendingLength() {
        return nextPending < pending.length ? pending[nextPending].length : 0;
    }

    /** Writes the next repair frame's body and gives its length. */
    public int writeRepair(byte[] out, int offset) {
        byte[] body = pending[nextPending++];
        System.arraycopy(body, 0, out, offset, body.length);
        return body.length;
    }

    private void close(int count) {
        int span = (int) (last - first) + 1;
        int symbol = RepairFrame.LENGTH + longest;
        byte[][] bodies = new byte[count][];
        for (int repair = 0; repair < repairs; repair++) {
            byte[] sum = sums[repair];
            if (repair < count) {
                int headLength = RepairFrame.writeHead(head, 0, repair, first, span, low, high);
                bodies[repair] = Arrays.copyOf(head, headLength + symbol);
                System.arraycopy(sum, 0, bodies[repair], headLength, symbol);
            }
            Arrays.fill(sum, 0, symbol, (byte) 0);
        }
        pending = bodies;
        nextPending = 0;
        sources = 0;
        low = 0;
        high = 0;
        longest = 0;
    }
}
