package dev.sluice.rudp.channel;

import dev.sluice.net.EventLoops;
import dev.sluice.rudp.protocol.DatagramBatch;
import dev.sluice.rudp.protocol.StreamMemory;
import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;

/**
 * What the endpoints of one loop share, for only one of them is at work at a time: what datagrams pass through, and the memory
 * of all streams. A program with a thousand clients has a thousand endpoints, and not a thousand times these. Belongs to the loop.
 */
final class LoopMemory {
    private static final int DATAGRAM = 65_536;
    /** As much as endpoints send before they flush. */
    private static final int OUTGOING = 1024 * 1024;
    /** Streams of all loops may hold this part of the heap together. */
    private static final int PART_OF_HEAP = 4;
    /** And of one loop no more than this: 2.5 Gbit/s over a round trip of 200 ms. */
    private static final long MOST = 64L * 1024 * 1024;
    private static final long TRIM_SECONDS = 1;

    private final EventLoop loop;
    private final Runnable trim = this::trim;
    private boolean trimming;

    /** Of the streams. */
    final StreamMemory streams;
    /** The datagram that is being looked at. */
    final byte[] datagram = new byte[DATAGRAM];
    /** What a socket reads into. */
    final Slab incoming = new Slab(DATAGRAM);
    /** What sockets were given to send, and have not sent. */
    final Slab outgoing = new Slab(OUTGOING);
    /** The datagrams that are being put together. */
    final DatagramBatch batch = new DatagramBatch(UdpPort.MAX_BATCH, UdpPort.MAX_SEGMENTS);

    private LoopMemory(EventLoop loop, long budget) {
        this.loop = loop;
        streams = new StreamMemory(budget);
    }

    /** That of {@code loop}. Any thread. */
    static LoopMemory of(EventLoops loops, EventLoop loop) {
        long budget = Math.min(MOST, Runtime.getRuntime().maxMemory() / PART_OF_HEAP / loops.all().size());
        return loops.shared(loop, LoopMemory.class, () -> new LoopMemory(loop, budget));
    }

    /** Something was sent or received: what is not needed any more is given up a little later. */
    void used() {
        if (!trimming) {
            trimming = true;
            loop.schedule(trim, TRIM_SECONDS, TimeUnit.SECONDS);
        }
    }

    private void trim() {
        trimming = false;
        if (streams.trim()) {
            used();
        }
    }
}
