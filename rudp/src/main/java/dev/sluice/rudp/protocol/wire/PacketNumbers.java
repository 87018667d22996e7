package dev.sluice.rudp.protocol.wire;

/** Packet numbers are 64 bits wide and cut to their lowest 1 to 4 bytes on the wire. */
public final class PacketNumbers {
    private PacketNumbers() {}

    /** Writes the lowest {@code length} bytes. */
    public static void write(long number, int length, byte[] out, int offset) {
        for (int i = length - 1; i >= 0; i--) {
            out[offset + i] = (byte) number;
            number >>>= 8;
        }
    }

    /** Reads {@code length} bytes. */
    public static long read(byte[] bytes, int offset, int length) {
        long value = 0;
        for (int i = 0; i < length; i++) {
            value = (value << 8) | (bytes[offset + i] & 0xFF);
        }
        return value;
    }
}
