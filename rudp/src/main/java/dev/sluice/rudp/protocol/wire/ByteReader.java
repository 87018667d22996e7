package dev.sluice.rudp.protocol.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A cursor over bytes that were authenticated. Integers are big endian; a variable-length integer has its length in its two highest
 * bits (RFC 9000 §16). Reading past the end is a {@link ProtocolViolation}.
 */
public final class ByteReader {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);

    private byte[] bytes = new byte[0];
    private int position;
    private int end;

    /** A reader of nothing, to be {@link #wrap wrapped} around something. */
    public ByteReader() {}

    /** Reads these bytes from now on. */
    public ByteReader wrap(byte[] bytes, int offset, int length) {
        this.bytes = bytes;
        position = offset;
        end = offset + length;
        return this;
    }

    /** The array that is read. */
    public byte[] array() {
        return bytes;
    }

    /** Where in the array the next byte is. */
    public int position() {
        return position;
    }

    /** Bytes that are left. */
    public int remaining() {
        return end - position;
    }

    /** Goes {@code count} bytes further. */
    public void skip(int count) {
        need(count);
        position += count;
    }

    /** The next byte as 0 to 255. */
    public int u8() {
        need(1);
        return bytes[position++] & 0xFF;
    }

    /** The next two bytes. */
    public int u16() {
        need(2);
        int value = (short) SHORT.get(bytes, position) & 0xFFFF;
        position += 2;
        return value;
    }

    /** The next eight bytes. */
    public long i64() {
        need(8);
        long value = (long) LONG.get(bytes, position);
        position += 8;
        return value;
    }

    /** A variable-length integer, 0 to 2^62-1. */
    public long varInt() {
        need(1);
        int first = bytes[position];
        return switch ((first >> 6) & 3) {
            case 0 -> {
                position++;
                yield first & 0x3F;
            }
            case 1 -> u16() & 0x3FFF;
            case 2 -> {
                need(4);
                int four = (int) INT.get(bytes, position) & 0x3FFF_FFFF;
                position += 4;
                yield four;
            }
            default -> i64() & 0x3FFF_FFFF_FFFF_FFFFL;
        };
    }

    /** A variable-length integer that says how many of the following bytes belong together. */
    public int length() {
        long value = varInt();
        if (value > remaining()) {
            throw new ProtocolViolation(ErrorCode.FRAME_ENCODING, "a length beyond the end of the packet");
        }
        return (int) value;
    }

    /** A copy of the next {@code count} bytes. */
    public byte[] copy(int count) {
        need(count);
        byte[] copy = new byte[count];
        System.arraycopy(bytes, position, copy, 0, count);
        position += count;
        return copy;
    }

    private void need(int count) {
        if (end - position < count) {
            throw new ProtocolViolation(ErrorCode.FRAME_ENCODING, "a frame beyond the end of the packet");
        }
    }
}
