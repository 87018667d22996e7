package dev.sluice.proxy;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.CloseReasons;
import dev.sluice.core.Destination;
import dev.sluice.core.ProtocolException;
import dev.sluice.proxy.rudp.RudpPacket;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One packet flow at either end: the last handler of its stream, and the datagrams that carry its number. What fits goes as a
 * datagram, once the server has answered; what does not fit goes over the stream, and is dropped where that is full. It reads all the time,
 * and keeps less than one packet.
 *
 * <p>Belongs to the connection's loop.
 */
final class RudpPackets extends ChannelInboundHandlerAdapter {

    /** Who gets what arrives. */
    interface Receiver {
        /**
         * One packet.
         *
         * @implNote takes ownership of {@code payload}
         */
        void received(Destination peer, ByteBuf payload);

        /** A datagram was no packet. */
        void malformed();

        /** The flow is over, for this reason. Called once or more. */
        void ended(CloseReason reason);
    }

    private final RudpFlows flows;
    private final int number;
    private final Side peer;
    private final Receiver receiver;
    private ByteBuf pending = Unpooled.EMPTY_BUFFER;
    private @Nullable ChannelHandlerContext ctx;
    private boolean datagrams;
    private boolean ended;

    RudpPackets(RudpFlows flows, int number, Side peer, Receiver receiver) {
        this.flows = flows;
        this.number = number;
        this.peer = peer;
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
            return !ended && sendCopy(to, payload);
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
        ChannelHandlerContext c = Objects.requireNonNull(ctx, "not in a pipeline");
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
            if (!ended) {
                RudpPacket packet = RudpPacket.read(bytes);
                receiver.received(packet.peer(), packet.payload().retain());
            }
        } catch (ProtocolException e) {
            receiver.malformed();
        } finally {
            bytes.release();
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext c) {
        ctx = c;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext c) {
        flows.leave(number);
        pending.release();
        pending = Unpooled.EMPTY_BUFFER;
    }

    @Override
    public void channelRead(ChannelHandlerContext c, Object message) {
        if (ended) {
            ((ByteBuf) message).release();
            return;
        }
        pending = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(c.alloc(), pending, (ByteBuf) message);
        try {
            for (RudpPacket next = RudpPacket.readFramed(pending); next != null; next = RudpPacket.readFramed(pending)) {
                receiver.received(next.peer(), next.payload().retain());
            }
        } catch (ProtocolException e) {
            end(CloseReason.of(Kind.PROTOCOL, peer, String.valueOf(e.getMessage())));
        }
        if (!pending.isReadable()) {
            pending.release();
            pending = Unpooled.EMPTY_BUFFER;
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext c) {
        if (!ended) {
            c.read();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext c, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            end(CloseReason.of(Kind.FINISHED, peer, "association ended"));
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext c, Throwable cause) {
        end(CloseReasons.classify(cause).by(peer));
    }

    @Override
    public void channelInactive(ChannelHandlerContext c) {
        end(CloseReason.of(Kind.PEER_CLOSED, peer, "stream closed"));
    }

    private void end(CloseReason reason) {
        ended = true;
        flows.leave(number);
        receiver.ended(reason);
    }
}
