package dev.sluice.proxy;

import dev.sluice.core.AccessLog;
import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.CloseReasons;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Host;
import dev.sluice.core.Network;
import dev.sluice.net.Preamble;
import dev.sluice.proxy.InboundObserver.Refusal;
import dev.sluice.proxy.socks.SocksAddress;
import dev.sluice.proxy.socks.SocksServerHandshake;
import dev.sluice.proxy.socks.SocksServerHandshake.Command;
import dev.sluice.proxy.socks.SocksServerHandshake.Fault;
import dev.sluice.proxy.socks.SocksServerHandshake.Step;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Drives the handshake of one SOCKS client: bytes to {@link SocksServerHandshake}, its steps to the channel. It reads one burst at
 * a time, and nothing while a password is checked. After the request it leaves the pipeline.
 *
 * <p>Belongs to the client's loop.
 */
final class SocksClient extends Preamble {
    private final ClientSession session;
    private final InboundContext context;
    private final SocksOptions options;
    private final SocksServerHandshake handshake;
    private @Nullable String user;
    private boolean checking;

    private SocksClient(ClientSession session, InboundContext context, SocksOptions options) {
        this.session = session;
        this.context = context;
        this.options = options;
        this.handshake = new SocksServerHandshake(session.users().required());
    }

    static void serve(ClientSession session, InboundContext context, SocksOptions options) {
        new SocksClient(session, context, options).begin(session.channel());
    }

    @Override
    protected boolean arrived(ChannelHandlerContext ctx, ByteBuf bytes) {
        while (!checking && !done()) {
            Step step = handshake.handle(bytes);
            if (step == null) {
                ctx.flush();
                return true;
            }
            take(ctx, step);
        }
        return false;
    }

    private void take(ChannelHandlerContext ctx, Step step) {
        switch (step) {
            case Step.Send send -> ctx.write(Unpooled.wrappedBuffer(send.answer()));
            case Step.Check check -> check(ctx, check);
            case Step.Refuse refuse -> refuse(ctx, refuse);
            case Step.Request request -> request(ctx, request);
        }
    }

    private void check(ChannelHandlerContext ctx, Step.Check check) {
        checking = true;
        ctx.flush();
        session.users().check(session.loop(), session.source().getAddress(), check.name(), check.password())
                .addListener((Future<Boolean> f) -> {
                    checking = false;
                    if (!session.scope().isOpen() || done()) {
                        return;
                    }
                    boolean right = f.isSuccess() && f.getNow();
                    user = right ? check.name() : null;
                    take(ctx, handshake.passwordChecked(right));
                    resume(ctx);
                });
    }

    private void refuse(ChannelHandlerContext ctx, Step.Refuse refuse) {
        Kind kind = refuse.fault() == Fault.UNAUTHORIZED ? Kind.UNAUTHORIZED : Kind.PROTOCOL;
        CloseReason reason = CloseReason.of(kind, Side.CLIENT, refuse.rule());
        session.refused(switch (refuse.fault()) {
            case PROTOCOL -> Refusal.PROTOCOL;
            case COMMAND -> Refusal.COMMAND;
            case UNAUTHORIZED -> Refusal.UNAUTHORIZED;
        }, reason);
        if (refuse.fault() != Fault.PROTOCOL) { // somebody who speaks SOCKS, and will ask why it does not work
            turnedAway(reason);
        }
        leaveAlone(ctx);
        LingeringClose.after(session, refuse.answer(), reason);
    }

    /** Writes the access line of a request that comes to be no connection. */
    private void turnedAway(CloseReason why) {
        context.dispatcher()
                .refused(new AccessLog.Refused(session.nextId(), session.inbound(), session.source(), handshake.name(),
                        0, why));
    }

    private void request(ChannelHandlerContext ctx, Step.Request request) {
        if (user != null && !session.authenticated(user)) {
            CloseReason reason = CloseReason.of(Kind.LIMIT, Side.SELF, "connections of user " + user);
            turnedAway(reason);
            leaveAlone(ctx);
            LingeringClose.after(session, handshake.failed(Failure.LIMIT), reason);
            return;
        }
        ctx.flush();
        if (request.command() == Command.UDP_ASSOCIATE) {
            leaveAlone(ctx);
            SocksAssociation.open(session, context, options, user, request.address(), handshake);
            return;
        }
        leave(ctx);
        OpaqueClient.serve(session, context.dispatcher(), session.connection(request.address().to(Network.TCP), user),
                handshake.name(), new Answers());
    }

    @Override
    protected void truncated(ChannelHandlerContext ctx, ByteBuf bytes) {
        session.refuse(Refusal.LEFT, CloseReason.of(Kind.PEER_CLOSED, Side.CLIENT, "client left in its SOCKS handshake"));
    }

    @Override
    protected void lost(ChannelHandlerContext ctx, Throwable cause) {
        session.refuse(Refusal.LEFT, CloseReasons.classify(cause).by(Side.CLIENT));
    }

    private final class Answers implements OpaqueClient.Answers {
        @Override
        public byte[] succeeded(@Nullable InetSocketAddress bound) {
            return handshake.succeeded(bound == null ? null : address(bound));
        }

        @Override
        public byte[] failed(Failure failure) {
            return handshake.failed(failure);
        }
    }

    /** A bound address in a reply. */
    static @Nullable SocksAddress address(InetSocketAddress bound) {
        InetAddress address = bound.getAddress();
        return address == null ? null : new SocksAddress(new Host.Address(address), bound.getPort());
    }
}
