package dev.sluice.anytls.frame;

import io.netty.buffer.ByteBuf;

/** Writes frames: {@code command (1) | stream (4) | length (2) | data}, big-endian. */
public final class Frames {
    /** Bytes before the data. */
    public static final int HEADER = 7;
    /** Bytes of data at most. */
    public static final int MAX_DATA = 65_535;

    private Frames() {}

    /** Writes what stands before {@code length} bytes of data. */
    public static void header(ByteBuf out, int command, int stream, int length) {
        out.writeByte(command).writeInt(stream).writeShort(length);
    }

    /** Writes a frame; of {@code data} as much as fits one. */
    public static void write(ByteBuf out, int command, int stream, byte[] data) {
        int length = Math.min(data.length, MAX_DATA);
        header(out, command, stream, length);
        out.writeBytes(data, 0, length);
    }
}
