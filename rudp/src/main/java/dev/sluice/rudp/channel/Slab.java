package dev.sluice.rudp.channel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Direct memory that is used again and again: pieces are cut off one behind the other, and from the beginning once all are released.
 * What datagrams pass through is needed for a moment only; an allocator that serves everybody took a tenth of a busy sender's time for
 * it. While a piece is kept for longer and there is no room behind it, the allocator does serve.
 *
 * <p>Belongs to its loop; a piece is released by whoever has it, there too. The memory itself is the garbage collector's.
 */
final class Slab {
    private final int size;
    private @Nullable ByteBuf memory;

    /** Of {@code size} bytes, which it takes from the system when it is first used. */
    Slab(int size) {
        this.size = size;
    }

    /** An empty buffer that has room for {@code length} bytes and no more. */
    ByteBuf take(int length, ByteBufAllocator otherwise) {
        ByteBuf all = memory;
        if (all == null) {
            all = Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(size)).clear();
            memory = all;
        } else if (all.refCnt() == 1) {
            all.clear();
        }
        int at = all.writerIndex();
        if (length > size - at) {
            return otherwise.directBuffer(length, length);
        }
        all.writerIndex(at + length);
        return all.retainedSlice(at, length).clear();
    }
}
