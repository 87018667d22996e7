package dev.sluice.proxy;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.InvalidDestinationException;
import dev.sluice.core.Network;
import dev.sluice.core.ProtocolException;
import dev.sluice.net.ReadHold;
import dev.sluice.proxy.InboundObserver.Refusal;
import dev.sluice.proxy.rudp.RudpAnswer;
import dev.sluice.proxy.rudp.RudpRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One stream of a client, until its request is read; then it is an {@link OpaqueClient} or a {@link RudpAssociation}. The request may
 * come in pieces, or with the first data behind it. Belongs to the connection's loop.
 */
final class RudpServerStream extends ChannelInboundHandlerAdapter {
    private static final String WHAT = "rudp";

    private static final OpaqueClient.Answers ANSWERS = new OpaqueClient.Answers() {
        @Override
        public byte[] succeeded(@Nullable InetSocketAddress bound) {
            return new byte[]{RudpAnswer.OK};
        }

        @Override
        public byte[] failed(Failure failure) {
            return new byte[]{RudpAnswer.of(failure)};
        }
    };

    private final ClientSession session;
    private final InboundContext context;
    private final SocksOptions options;
    private final RudpFlows flows;
    private ByteBuf pending = Unpooled.EMPTY_BUFFER;
    private boolean done;

    RudpServerStream(ClientSession session, InboundContext context, SocksOptions options, RudpFlows flows) {
        this.session = session;
        this.context = context;
        this.options = options;
        this.flows = flows;
    }

    /** Takes the stream over from its hold. */
    void begin() {
        ReadHold.release(session.channel(), pipeline -> pipeline.addLast(this));
        if (!done) {
            session.channel().read();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (done) {
            ctx.fireChannelRead(message);
        } else {
            pending = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), pending, (ByteBuf) message);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (done) {
            ctx.fireChannelReadComplete();
            return;
        }
        try {
            RudpRequest request = RudpRequest.read(pending);
            if (request == null) {
                ctx.read();
            } else if (request.command() == RudpRequest.Command.CONNECT) {
                var connection = session.connection(request.target().to(Network.TCP), null);
                leave(ctx);
                OpaqueClient.serve(session, context.dispatcher(), connection, WHAT, ANSWERS);
            } else {
                leave(ctx);
                RudpAssociation.serve(session, context, options, flows, request.flow());
            }
        } catch (ProtocolException | InvalidDestinationException e) {
            done = true;
            session.refuse(Refusal.PROTOCOL, CloseReason.of(Kind.PROTOCOL, Side.CLIENT, String.valueOf(e.getMessage())));
        }
    }

    /** What is not taken yet goes, in order, to a hold at the end of the pipeline. */
    private void leave(ChannelHandlerContext ctx) {
        done = true;
        ReadHold.install(session.channel(), 0, null);
        if (pending.isReadable()) {
            ctx.fireChannelRead(pending);
            pending = Unpooled.EMPTY_BUFFER;
        }
        ctx.pipeline().remove(this);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        pending.release();
        pending = Unpooled.EMPTY_BUFFER;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (done || !(event instanceof ChannelInputShutdownEvent)) {
            ctx.fireUserEventTriggered(event);
        } else {
            ctx.close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (done) {
            ctx.fireExceptionCaught(cause);
        } else {
            ctx.close();
        }
    }
}
