package dev.sluice.anytls;

import dev.sluice.anytls.uot.UotDatagrams;
import dev.sluice.anytls.uot.UotDatagrams.Datagram;
import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.CloseReasons;
import dev.sluice.core.Destination;
import dev.sluice.core.ProtocolException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The last handler of a stream that carries datagrams, on either side: bytes to datagrams and back. It reads all the time, because
 * datagrams that cannot be passed on are dropped; it keeps less than one datagram.
 *
 * <p>Belongs to the stream's loop.
 */
final class UotPackets extends ChannelInboundHandlerAdapter {
    /** What a packet flow may queue on a stream before its datagrams are dropped, beside the channel's own mark. */
    private static final int MAX_PAYLOAD = 65_535;

    /** Who gets what arrives. */
    interface Receiver {
        /**
         * One datagram.
         *
         * @param peer null where its address cannot be used
         * @implNote takes ownership of {@code payload}
         */
        void received(@Nullable Destination peer, ByteBuf payload);

        /** The stream is over, for this reason. Called once or more. */
        void ended(CloseReason reason);
    }

    private final UotDatagrams datagrams;
    private final Receiver receiver;
    private final Side peer;
    private ByteBuf pending = Unpooled.EMPTY_BUFFER;
    private @Nullable ChannelHandlerContext ctx;
    private boolean ended;

    UotPackets(UotDatagrams datagrams, Side peer, Receiver receiver) {
        this.datagrams = datagrams;
        this.peer = peer;
        this.receiver = receiver;
    }

    /**
     * Writes one datagram, or drops it where the stream is full or the datagram too long.
     *
     * @return whether it was written
     * @implNote takes ownership of {@code payload}
     */
    boolean send(Destination to, ByteBuf payload) {
        ChannelHandlerContext c = Objects.requireNonNull(ctx, "not in a pipeline");
        int length = payload.readableBytes();
        if (ended || !c.channel().isWritable() || length > MAX_PAYLOAD) {
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
        Objects.requireNonNull(ctx, "not in a pipeline").flush();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext c) {
        ctx = c;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext c) {
        pending.release();
        pending = Unpooled.EMPTY_BUFFER;
    }

    @Override
    public void channelRead(ChannelHandlerContext c, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (ended) {
            bytes.release();
            return;
        }
        pending = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(c.alloc(), pending, bytes);
        try {
            for (Datagram next = datagrams.read(pending); next != null; next = datagrams.read(pending)) {
                receiver.received(next.peer(), next.payload());
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
        receiver.ended(reason);
    }
}
