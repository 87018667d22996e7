package dev.sluice.rudp.protocol.wire;

/**
 * The header of the packets of an established connection: one byte {@code 0 1 0 0 0 K P P}, the destination's connection ID, the
 * packet number in PP + 1 bytes. K is the key phase. The lowest five bits and the packet number are masked.
 */
public final class ShortHeader {
    /** Bytes before the packet number. */
    public static final int FIXED_LENGTH = 1 + ConnectionId.LENGTH;
    /** Fewer bytes cannot hold a packet: header, number and three bytes of frames, tag. */
    public static final int MIN_PACKET = FIXED_LENGTH + 4 + 16;

    private ShortHeader() {}

    /** Whether a datagram begins with a short header. */
    public static boolean isShort(byte first) {
        return (first & 0xC0) == 0x40;
    }

    /** Writes the header; returns its length with the packet number. The key phase is set by whoever seals. */
    public static int write(byte[] out, int offset, ConnectionId destination, long number, int numberLength) {
        out[offset] = (byte) (0x40 | numberLength - 1);
        destination.write(out, offset + 1);
        PacketNumbers.write(number, numberLength, out, offset + FIXED_LENGTH);
        return FIXED_LENGTH + numberLength;
    }
}
