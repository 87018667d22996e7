package dev.sluice.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * Sizes the receive buffer of one channel: 2 KiB while it idles or talks in small messages, up to 256 KiB within three full reads
 * of a busy one, and back. Large reads are what makes copying cheap (two thirds of the CPU time per byte of Netty's default);
 * small ones are what lets ten thousand idle streams fit.
 *
 * <p>One instance per channel, set before its first read; it is the handle, too, which saves an object. Belongs to the channel's
 * event loop.
 */
@SuppressWarnings("deprecation") // Handle is what the interface returns
public final class ReceiveBuffer implements RecvByteBufAllocator, RecvByteBufAllocator.ExtendedHandle {
    private static final int SMALLEST = 2 * 1024;
    private static final int LARGEST = 256 * 1024;
    private static final int NARROW = 32 * 1024;
    private static final int STEP = 8;
    private static final int READS_PER_LOOP = 16;
    /** After so much the loop does something else: four megabytes of a busy tunnel would be milliseconds for all others. */
    private static final int BYTES_PER_LOOP = LARGEST;

    private int size = SMALLEST;
    private int limit = LARGEST;
    private int smallReads;
    private int messages;
    private int bytes;
    private int attempted;
    private int last;
    private boolean autoRead;

    /** The buffer sizes for one channel. */
    public ReceiveBuffer() {}

    /**
     * Tells whether what was read went on at once. Where the receiver is slow, a large buffer only holds memory: the kernel's own
     * buffers are full already.
     */
    void drained(boolean atOnce) {
        limit = atOnce ? LARGEST : NARROW;
        size = Math.min(size, limit);
    }

    @Override
    public Handle newHandle() {
        return this;
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator allocator) {
        return allocator.ioBuffer(size);
    }

    @Override
    public int guess() {
        return size;
    }

    @Override
    public void reset(ChannelConfig config) {
        messages = 0;
        bytes = 0;
        autoRead = config.isAutoRead();
    }

    @Override
    public void incMessagesRead(int count) {
        messages += count;
    }

    @Override
    public void lastBytesRead(int read) {
        last = read;
        bytes += Math.max(read, 0);
        if (read == attempted && read >= size) {
            size = Math.min(size * STEP, limit);
            smallReads = 0;
        } else if (read > 0 && read < size / STEP) {
            if (++smallReads == 2) {
                size = Math.max(size / STEP, SMALLEST);
                smallReads = 0;
            }
        } else {
            smallReads = 0;
        }
    }

    @Override
    public int lastBytesRead() {
        return last;
    }

    @Override
    public void attemptedBytesRead(int bytes) {
        attempted = bytes;
    }

    @Override
    public int attemptedBytesRead() {
        return attempted;
    }

    @Override
    public boolean continueReading() {
        return mayGoOn() && last == attempted;
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier maybeMore) {
        return mayGoOn() && maybeMore.get();
    }

    private boolean mayGoOn() {
        return autoRead && messages < READS_PER_LOOP && bytes < BYTES_PER_LOOP && last > 0;
    }

    @Override
    public void readComplete() {}
}
