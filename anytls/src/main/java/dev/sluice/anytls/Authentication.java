package dev.sluice.anytls;

import dev.sluice.anytls.AnyTlsObserver.AuthFailure;
import dev.sluice.anytls.AnyTlsUsers.Account;
import dev.sluice.anytls.auth.AuthReader;
import dev.sluice.anytls.auth.AuthReader.Verdict;
import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.net.Preamble;
import dev.sluice.proxy.ClientSession;
import dev.sluice.proxy.InboundObserver.Refusal;
import dev.sluice.proxy.LingeringClose;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The first bytes of one client: bytes to {@link AuthReader}, and what comes of its verdict. It reads one burst at a time and keeps
 * what it has read only as long as the peer may still be a browser: less than 32 bytes and one burst.
 *
 * <p>Whoever is no client of ours gets the web site, or a close; at the same byte and in the same way whether he has a wrong
 * password or none.
 *
 * <p>Belongs to the client's loop.
 */
final class Authentication extends Preamble {
    /** The command of an alert, which the session would send if there was one. */
    private static final int ALERT = 5;

    private final AnyTlsProtocol protocol;
    private final ClientSession session;
    private final AuthReader<Account> reader;
    private @Nullable ScheduledFuture<?> deadline;

    private Authentication(AnyTlsProtocol protocol, ClientSession session) {
        this.protocol = protocol;
        this.session = session;
        this.reader = new AuthReader<>(protocol.users());
    }

    static void begin(AnyTlsProtocol protocol, ClientSession session) {
        Authentication authentication = new Authentication(protocol, session);
        authentication.deadline = session.loop().schedule(authentication::tooSlow,
                protocol.options().authentication().toNanos(), TimeUnit.NANOSECONDS);
        authentication.begin(session.channel());
    }

    @Override
    protected boolean arrived(ChannelHandlerContext ctx, ByteBuf bytes) {
        Verdict verdict = reader.handle(bytes);
        if (verdict == Verdict.ACCEPTED) {
            accepted(ctx, Objects.requireNonNull(reader.user()));
        } else if (verdict != Verdict.MORE) {
            stranger(ctx, AuthFailure.UNKNOWN);
        }
        return verdict == Verdict.MORE;
    }

    private void accepted(ChannelHandlerContext ctx, Account account) {
        if (account.spent()) {
            deny(ctx, AuthFailure.BYTES, "no bytes left");
        } else if (!session.authenticated(account.name())) {
            deny(ctx, AuthFailure.SESSIONS, "too many sessions");
        } else {
            session.asked();
            ctx.pipeline().addBefore(ctx.name(), null, new ByteBudget(account, this::spent));
            leave(ctx);
            if (session.scope().isOpen()) {
                account.joined(session.scope());
                ServerClient.begin(protocol, session, account);
            }
        }
    }

    private void spent() {
        session.scope().close(CloseReason.of(Kind.LIMIT, Side.SELF, "bytes of one user"));
    }

    /** He is one of ours, so he is told why. */
    private void deny(ChannelHandlerContext ctx, AuthFailure cause, String why) {
        protocol.observer().refused(session.inbound(), cause);
        byte[] text = why.getBytes(StandardCharsets.UTF_8);
        byte[] alert = new byte[7 + text.length];
        alert[0] = ALERT;
        alert[6] = (byte) text.length;
        System.arraycopy(text, 0, alert, 7, text.length);
        leaveAlone(ctx);
        LingeringClose.after(session, alert, CloseReason.of(Kind.LIMIT, Side.SELF, why));
    }

    private void tooSlow() {
        ChannelHandlerContext ctx = session.channel().pipeline().context(this);
        if (!done() && ctx != null) {
            stranger(ctx, AuthFailure.TIMEOUT);
        }
    }

    /** Not one of ours, as far as can be told. */
    private void stranger(ChannelHandlerContext ctx, AuthFailure cause) {
        protocol.observer().refused(session.inbound(), cause);
        FallbackSite site = protocol.options().fallback();
        if (site == null || reader.user() != null) {
            end();
            session.refuse(Refusal.UNAUTHORIZED,
                    CloseReason.of(Kind.UNAUTHORIZED, Side.CLIENT, "AnyTLS authentication: " + cause.label()));
            return;
        }
        protocol.observer().fellBack(session.inbound());
        leave(ctx);
        if (session.scope().isOpen()) {
            site.serve(protocol.context(), session);
        }
    }

    @Override
    protected void ended() {
        if (deadline != null) {
            deadline.cancel(false);
        }
    }

    @Override
    protected void truncated(ChannelHandlerContext ctx, ByteBuf bytes) {
        if (bytes.isReadable() && protocol.options().fallback() != null && reader.user() == null) {
            stranger(ctx, AuthFailure.TRUNCATED); // a request that is short and complete, with a half-close behind it
        } else {
            protocol.observer().refused(session.inbound(), AuthFailure.TRUNCATED);
            end();
            session.refuse(Refusal.LEFT, CloseReason.of(Kind.PEER_CLOSED, Side.CLIENT, "client left in its authentication"));
        }
    }
}
