package dev.sluice.rudp.protocol.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** A cursor that writes into a given range of an array; the counterpart of {@link ByteReader}. Callers look at {@link #room} first. */
public final class ByteWriter {
    /** The largest value of a variable-length integer. */
    public static final long MAX_VAR_INT = 0x3FFF_FFFF_FFFF_FFFFL;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);

    private byte[] bytes = new byte[0];
    private int position;
    private int limit;

    /** A writer of nothing, to be {@link #wrap wrapped} around something. */
    public ByteWriter() {}

    /** Writes into these bytes from now on. */
    public ByteWriter wrap(byte[] bytes, int offset, int length) {
        this.bytes = bytes;
        position = offset;
        limit = offset + length;
        return this;
    }

    /** The array that is written. */
    public byte[] array() {
        return bytes;
    }

    /** Where in the array the next byte goes. */
    public int position() {
        return position;
    }

    /** Takes back what was written after {@code position}, or steps over what was written by another hand. */
    public void position(int position) {
        this.position = position;
    }

    /** Bytes that still fit. */
    public int room() {
        return limit - position;
    }

    /** One byte. */
    public void u8(int value) {
        bytes[position++] = (byte) value;
    }

    /** Two bytes. */
    public void u16(int value) {
        SHORT.set(bytes, position, (short) value);
        position += 2;
    }

    /** Four bytes. */
    public void i32(int value) {
        INT.set(bytes, position, value);
        position += 4;
    }

    /** Eight bytes. */
    public void i64(long value) {
        LONG.set(bytes, position, value);
        position += 8;
    }

    /** A variable-length integer, in as few bytes as it takes. */
    public void varInt(long value) {
        if (value < 0x40) {
            u8((int) value);
        } else if (value < 0x4000) {
            u16((int) value | 0x4000);
        } else if (value < 0x4000_0000) {
            i32((int) value | 0x8000_0000);
        } else {
            i64(value | 0xC000_0000_0000_0000L);
        }
    }

    /** A variable-length integer in two bytes, so that it can be filled in later. */
    public void varInt2(int value) {
        u16(value | 0x4000);
    }

    /** These bytes. */
    public void bytes(byte[] from, int offset, int length) {
        System.arraycopy(from, offset, bytes, position, length);
        position += length;
    }

    /** So many zeros. */
    public void zeros(int count) {
        java.util.Arrays.fill(bytes, position, position + count, (byte) 0);
        position += count;
    }

    /** How many bytes {@link #varInt} takes for this value. */
    public static int varIntSize(long value) {
        return value < 0x40 ? 1 : value < 0x4000 ? 2 : value < 0x4000_0000 ? 4 : 8;
    }
}
