package dev.sluice.proxy;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.Destination;
import dev.sluice.core.ProtocolException;
import dev.sluice.proxy.rudp.RudpPacket;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;

/**
 * One packet flow at either end: its stream, and the datagrams that carry its number. What fits goes as a datagram, once the server has
 * answered; what does not fit goes over the stream, and is dropped where that is full.
 *
 * <p>Belongs to the connection's loop.
 */
final class RudpPackets extends StreamPackets {

    /** Who gets what arrives. */
    interface Receiver extends StreamPackets.Receiver {
        /** A datagram was no packet. */
        void malformed();
    }

    private final RudpFlows flows;
    private final int number;
    private final Receiver receiver;
    private boolean datagrams;

    RudpPackets(RudpFlows flows, int number, Side peer, Receiver receiver) {
        super(peer, receiver);
        this.flows = flows;
        this.number = number;
        this.receiver = receiver;
    }

    /** The other end knows the flow's number: from now on packets go as datagrams. */
    void useDatagrams() {
        datagrams = true;
    }

    /**
     * Sends one packet, or drops it.
     *
     * @return whether it was taken
     * @implNote takes ownership of {@code payload}
     */
    boolean send(Destination to, ByteBuf payload) {
        try {
            return !ended() && sendCopy(to, payload);
        } finally {
            payload.release();
        }
    }

    private boolean sendCopy(Destination to, ByteBuf payload) {
        int length = RudpPacket.datagramLength(to, payload.readableBytes());
        if (datagrams && length <= flows.connection().maxDatagram()) {
            byte[] datagram = new byte[length];
            RudpPacket.writeDatagram(Unpooled.wrappedBuffer(datagram).clear(), number, to, payload);
            flows.connection().sendDatagram(datagram);
            return true;
        }
        ChannelHandlerContext c = context();
        if (!c.channel().isWritable()) {
            return false;
        }
        ByteBuf framed = c.alloc().ioBuffer(RudpPacket.framedLength(to, payload.readableBytes()));
        RudpPacket.writeFramed(framed, to, payload);
        c.writeAndFlush(framed, c.voidPromise());
        return true;
    }

    /**
     * A datagram with our number came; its number is read.
     *
     * @implNote takes ownership of {@code bytes}
     */
    void datagram(ByteBuf bytes) {
        try {
            if (!ended()) {
                RudpPacket packet = RudpPacket.read(bytes);
                received(packet.peer(), packet.payload().retain());
            }
        } catch (ProtocolException e) {
            receiver.malformed();
        } finally {
            bytes.release();
        }
    }

    @Override
    protected boolean read(ByteBuf bytes) throws ProtocolException {
        RudpPacket next = RudpPacket.readFramed(bytes);
        if (next == null) {
            return false;
        }
        received(next.peer(), next.payload().retain());
        return true;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext c) {
        flows.leave(number);
        super.handlerRemoved(c);
    }

    @Override
    protected void end(CloseReason reason) {
        flows.leave(number);
        super.end(reason);
    }
}
