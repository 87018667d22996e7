package dev.sluice.anytls;

import dev.sluice.anytls.uot.UotDatagrams;
import dev.sluice.anytls.uot.UotDatagrams.Datagram;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.Destination;
import dev.sluice.core.ProtocolException;
import dev.sluice.proxy.StreamPackets;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;

/** Datagrams over a stream, as UDP over TCP frames them. */
final class UotPackets extends StreamPackets {
    private static final int MAX_PAYLOAD = 65_535;

    private final UotDatagrams datagrams;

    UotPackets(UotDatagrams datagrams, Side peer, Receiver receiver) {
        super(peer, receiver);
        this.datagrams = datagrams;
    }

    @Override
    protected boolean read(ByteBuf bytes) throws ProtocolException {
        Datagram next = datagrams.read(bytes);
        if (next == null) {
            return false;
        }
        received(next.peer(), next.payload());
        return true;
    }

    /**
     * Writes one datagram, or drops it where the stream is full or the datagram too long.
     *
     * @return whether it was written
     * @implNote takes ownership of {@code payload}
     */
    boolean send(Destination to, ByteBuf payload) {
        ChannelHandlerContext c = context();
        int length = payload.readableBytes();
        if (ended() || !c.channel().isWritable() || length > MAX_PAYLOAD) {
            payload.release();
            return false;
        }
        // Copied: a datagram is small, and one buffer is cheaper to send than two.
        ByteBuf framed = c.alloc().ioBuffer(datagrams.headerLength(to) + length);
        datagrams.writeHeader(framed, to, length);
        framed.writeBytes(payload);
        payload.release();
        c.write(framed, c.voidPromise());
        return true;
    }

    void flush() {
        context().flush();
    }
}
