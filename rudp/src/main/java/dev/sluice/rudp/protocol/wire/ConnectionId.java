package dev.sluice.rudp.protocol.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.random.RandomGenerator;

/**
 * The name of a connection at one of its ends, independent of addresses: one byte that names the event loop of the end which gave the
 * ID out, then eight random bytes. In version 1 every connection ID has this form and these nine bytes.
 *
 * @param loop 0 to 255
 * @param random enough to find the connection by
 */
public record ConnectionId(int loop, long random) {
    /** Bytes on the wire. */
    public static final int LENGTH = 9;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    /** A new ID. {@code random} must be unpredictable: who can guess an ID can make its owner decrypt. */
    public static ConnectionId create(int loop, RandomGenerator random) {
        return new ConnectionId(loop, random.nextLong());
    }

    /** Reads the ID that is at {@code offset}. */
    public static ConnectionId read(byte[] bytes, int offset) {
        return new ConnectionId(loopAt(bytes, offset), randomAt(bytes, offset));
    }

    /** The loop of the ID that is at {@code offset}. */
    public static int loopAt(byte[] bytes, int offset) {
        return bytes[offset] & 0xFF;
    }

    /** The random part of the ID that is at {@code offset}. */
    public static long randomAt(byte[] bytes, int offset) {
        return (long) LONG.get(bytes, offset + 1);
    }

    /** Writes the {@link #LENGTH} bytes of this ID. */
    public void write(byte[] bytes, int offset) {
        bytes[offset] = (byte) loop;
        LONG.set(bytes, offset + 1, random);
    }

    /** The bytes of this ID. */
    public byte[] bytes() {
        byte[] bytes = new byte[LENGTH];
        write(bytes, 0);
        return bytes;
    }

    @Override
    public String toString() {
        return "%02x%016x".formatted(loop, random);
    }
}
