package dev.sluice.proxy;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.InvalidDestinationException;
import dev.sluice.core.Network;
import dev.sluice.core.ProtocolException;
import dev.sluice.net.Preamble;
import dev.sluice.proxy.InboundObserver.Refusal;
import dev.sluice.proxy.rudp.RudpAnswer;
import dev.sluice.proxy.rudp.RudpRequest;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One stream of a client, until its request is read; then it is an {@link OpaqueClient} or a {@link RudpAssociation}. The request may
 * come in pieces, or with the first data behind it. Belongs to the connection's loop.
 */
final class RudpServerStream extends Preamble {
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

    RudpServerStream(ClientSession session, InboundContext context, SocksOptions options, RudpFlows flows) {
        this.session = session;
        this.context = context;
        this.options = options;
        this.flows = flows;
    }

    void begin() {
        begin(session.channel());
    }

    @Override
    protected boolean arrived(ChannelHandlerContext ctx, ByteBuf bytes) {
        try {
            RudpRequest request = RudpRequest.read(bytes);
            if (request == null) {
                return true;
            }
            if (request.command() == RudpRequest.Command.CONNECT) {
                var connection = session.connection(request.target().to(Network.TCP), null);
                leave(ctx);
                OpaqueClient.serve(session, context.dispatcher(), connection, WHAT, ANSWERS);
            } else {
                leave(ctx);
                RudpAssociation.serve(session, context, options, flows, request.flow());
            }
        } catch (ProtocolException | InvalidDestinationException e) {
            end();
            session.refuse(Refusal.PROTOCOL, CloseReason.of(Kind.PROTOCOL, Side.CLIENT, String.valueOf(e.getMessage())));
        }
        return false;
    }
}
