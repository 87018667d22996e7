package dev.sluice.rudp.channel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * How much one socket reads in one turn of its loop: acknowledgements and timers must get theirs in between. Bytes are what counts.
 * A server with a thousand clients has all their acknowledgements in one socket, small ones that the kernel cannot merge: a few
 * datagrams a turn would let them overflow it.
 */
final class DatagramReads extends DefaultMaxMessagesRecvByteBufAllocator {
    /** The largest that comes: several datagrams of a flow, merged by the kernel. */
    private static final int BUFFER = 65_535;
    private static final int TURN_BYTES = 4 * BUFFER;
    private static final int TURN_DATAGRAMS = 128;

    private final Slab slab;

    /** Into {@code slab}, whose loop is that of the socket. */
    DatagramReads(Slab slab) {
        super(TURN_DATAGRAMS);
        this.slab = slab;
    }

    @Override
    @SuppressWarnings("deprecation") // Netty asks for this type
    public RecvByteBufAllocator.Handle newHandle() {
        return new MaxMessageHandle() {
            @Override
            public int guess() {
                return BUFFER;
            }

            @Override
            public ByteBuf allocate(ByteBufAllocator allocator) {
                return slab.take(BUFFER, allocator);
            }

            @Override
            public boolean continueReading(UncheckedBooleanSupplier maybeMore) {
                return totalBytesRead() < TURN_BYTES && super.continueReading(maybeMore);
            }
        };
    }
}
