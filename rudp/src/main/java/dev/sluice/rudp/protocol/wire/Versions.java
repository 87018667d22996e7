package dev.sluice.rudp.protocol.wire;

/** The versions of the protocol, and the answer to others. */
public final class Versions {
    /** The version of this code. */
    public static final int V1 = 0x534c_0001;
    /** Not a version: the packet lists those that its sender knows. */
    public static final int NEGOTIATION = 0;

    private static final int[] SUPPORTED = {V1};

    private Versions() {}

    /** Whether this code speaks it. */
    public static boolean supported(int version) {
        return version == V1;
    }

    /**
     * Writes the answer to a first packet of an unknown version: both IDs exchanged, then our versions.
     *
     * @param unknown what was parsed of the packet
     * @param datagram where it lies
     * @return bytes written; always fewer than the first packet had
     */
    public static int answer(LongHeader unknown, byte[] datagram, byte[] out, int offset) {
        ByteWriter writer = new ByteWriter().wrap(out, offset, out.length - offset);
        writer.u8(0x80);
        writer.i32(NEGOTIATION);
        writer.u8(unknown.sourceLength());
        writer.bytes(datagram, unknown.sourceOffset(), unknown.sourceLength());
        writer.u8(unknown.destinationLength());
        writer.bytes(datagram, unknown.destinationOffset(), unknown.destinationLength());
        for (int version : SUPPORTED) {
            writer.i32(version);
        }
        return writer.position() - offset;
    }

    /** Whether a version list holds {@link #V1}: such an answer is bogus, for we had asked for just that. */
    public static boolean lists(byte[] bytes, int offset, int length, int version) {
        ByteReader reader = new ByteReader().wrap(bytes, offset, length);
        while (reader.remaining() >= 4) {
            if (((reader.u16() << 16) | reader.u16()) == version) {
                return true;
            }
        }
        return false;
    }
}
