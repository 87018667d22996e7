package dev.sluice.proxy;

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
 * The last handler of a stream that carries packets, on either side: bytes to packets. It reads all the time, because packets that
 * cannot be passed on are dropped; it keeps less than one packet. How packets are framed, and how they are sent, the protocol brings.
 *
 * <p>Belongs to the stream's loop.
 */
public abstract class StreamPackets extends ChannelInboundHandlerAdapter {

    /** Who gets what arrives. */
    public interface Receiver {
        /**
         * One packet.
         *
         * @param peer null where its address cannot be used
         * @implNote takes ownership of {@code payload}
         */
        void received(@Nullable Destination peer, ByteBuf payload);

        /** The stream is over, for this reason. Called once or more. */
        void ended(CloseReason reason);
    }

    private final Side peer;
    private final Receiver receiver;
    private ByteBuf pending = Unpooled.EMPTY_BUFFER;
    private @Nullable ChannelHandlerContext ctx;
    private boolean ended;

    /** Packets for {@code receiver}; {@code peer} is who sends them. */
    protected StreamPackets(Side peer, Receiver receiver) {
        this.peer = peer;
        this.receiver = receiver;
    }

    /**
     * Passes one packet on, where {@code bytes} hold a whole one.
     *
     * @return whether there was one
     * @throws ProtocolException where they are no packet; the stream is over then
     */
    protected abstract boolean read(ByteBuf bytes) throws ProtocolException;

    /**
     * Gives one packet to the receiver.
     *
     * @param from null where its address cannot be used
     * @implNote takes ownership of {@code payload}
     */
    protected final void received(@Nullable Destination from, ByteBuf payload) {
        receiver.received(from, payload);
    }

    /** Whether nothing more is received or sent. */
    protected final boolean ended() {
        return ended;
    }

    /** Where it stands in the pipeline of its stream. */
    protected final ChannelHandlerContext context() {
        return Objects.requireNonNull(ctx, "not in a pipeline");
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
    public final void channelRead(ChannelHandlerContext c, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (ended) {
            bytes.release();
            return;
        }
        pending = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(c.alloc(), pending, bytes);
        try {
            while (read(pending)) {
                // the next one
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
    public final void channelReadComplete(ChannelHandlerContext c) {
        if (!ended) {
            c.read();
        }
    }

    @Override
    public final void userEventTriggered(ChannelHandlerContext c, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            end(CloseReason.of(Kind.FINISHED, peer, "association ended"));
        }
    }

    @Override
    public final void exceptionCaught(ChannelHandlerContext c, Throwable cause) {
        end(CloseReasons.classify(cause).by(peer));
    }

    @Override
    public final void channelInactive(ChannelHandlerContext c) {
        end(CloseReason.of(Kind.PEER_CLOSED, peer, "stream closed"));
    }

    /** The stream is over; told once or more. */
    protected void end(CloseReason reason) {
        ended = true;
        receiver.ended(reason);
    }
}
