package dev.sluice.proxy;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.CloseReasons;
import dev.sluice.core.ConnectionId;
import dev.sluice.core.Scope;
import dev.sluice.net.ReadHold;
import dev.sluice.net.ServerTls;
import dev.sluice.net.TlsInfo;
import dev.sluice.proxy.InboundObserver.Refusal;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of one client through the door: limits, {@code allow-from}, PROXY header, TLS, and then its protocol. One deadline covers
 * all of it, up to the client's first connection or exchange.
 *
 * <p>A peer that sends PROXY headers takes one of all slots at once; the limit of its source and {@code allow-from} wait for the
 * source that the header names.
 *
 * <p>Belongs to the client's loop.
 */
final class Admission {
    private static final Logger log = LoggerFactory.getLogger(Admission.class);

    private final ListenerSettings settings;
    private final ClientProtocol protocol;
    private final InboundContext context;
    private final Channel channel;
    private final Scope scope;
    private final ConnectionId id = ConnectionId.next();
    private final long acceptedNanos = System.nanoTime();
    private @Nullable Future<?> deadline;
    private boolean admitted;

    Admission(ListenerSettings settings, ClientProtocol protocol, InboundContext context, Channel channel, Scope scope) {
        this.settings = settings;
        this.protocol = protocol;
        this.context = context;
        this.channel = channel;
        this.scope = scope;
    }

    void begin() {
        context.observer().accepted(settings.name());
        channel.closeFuture().addListener(f -> gone());
        if (!(channel.remoteAddress() instanceof InetSocketAddress peer)) { // it has left already
            channel.close();
            return;
        }
        if (!settings.limits().enter()) {
            refuse(peer, Refusal.TOTAL_LIMIT, CloseReason.of(Kind.LIMIT, Side.SELF, "connections in total"));
            return;
        }
        channel.closeFuture().addListener(f -> settings.limits().leave());
        boolean header = settings.proxyHeaderFrom().contains(peer.getAddress());
        if (!header && !mayEnter(peer)) {
            return;
        }
        deadline = channel.eventLoop().schedule(() -> tooSlow(peer), settings.handshake().toNanos(), TimeUnit.NANOSECONDS);
        ReadHold.install(channel, 0, null);
        if (header) {
            ProxyHeaderReader.read(channel, peer).addListener((Future<InetSocketAddress> f) -> {
                if (!f.isSuccess()) {
                    refuse(peer, Refusal.PROXY_HEADER, CloseReasons.classify(f.cause()).by(Side.CLIENT));
                } else if (mayEnter(f.getNow())) {
                    secure(f.getNow());
                }
            });
        } else {
            secure(peer);
        }
    }

    private boolean mayEnter(InetSocketAddress source) {
        if (!settings.limits().enter(source.getAddress())) {
            refuse(source, Refusal.SOURCE_LIMIT, CloseReason.of(Kind.LIMIT, Side.SELF, "connections of one source"));
            return false;
        }
        channel.closeFuture().addListener(f -> settings.limits().leave(source.getAddress()));
        if (!settings.allowFrom().contains(source.getAddress())) {
            refuse(source, Refusal.NOT_ALLOWED, CloseReason.of(Kind.BLOCKED, Side.SELF, "not in allow-from"));
            return false;
        }
        return true;
    }

    private void secure(InetSocketAddress source) {
        ServerTls tls = settings.tls();
        if (tls == null) {
            enter(source);
            return;
        }
        tls.accept(channel, settings.handshake()).addListener((Future<TlsInfo> f) -> {
            if (f.isSuccess()) {
                enter(source);
            } else if (scope.isOpen()) {
                refuse(source, Refusal.TLS, CloseReasons.classify(f.cause()).by(Side.CLIENT));
            }
        });
    }

    private void enter(InetSocketAddress source) {
        if (!scope.isOpen() || !channel.isActive()) {
            return;
        }
        admitted = true;
        if (settings.policy().bytesPerSecond() > 0) {
            Throttle.forConnection(channel, new Rate(settings.policy().bytesPerSecond()));
        }
        protocol.take(new ClientSession(id, settings.name(), channel, source, (InetSocketAddress) channel.localAddress(), scope,
                settings.users(), settings.policy(), context.table(), context.observer(), acceptedNanos, deadline));
    }

    private void tooSlow(InetSocketAddress source) {
        refuse(source, Refusal.HANDSHAKE_TIMEOUT,
                CloseReason.of(Kind.TIMEOUT, Side.SELF, "handshake not done in " + settings.handshake()));
    }

    private void refuse(InetSocketAddress source, Refusal cause, CloseReason reason) {
        if (scope.isOpen()) {
            context.observer().refused(settings.name(), cause);
            ClientSession.refused(log, id, settings.name(), source, cause, reason);
            scope.close(reason);
        }
    }

    /** The client has left before it was admitted; afterwards its session sees to it. */
    private void gone() {
        if (deadline != null) {
            deadline.cancel(false);
        }
        if (!admitted && scope.isOpen()) {
            context.observer().refused(settings.name(), Refusal.LEFT);
            scope.close(CloseReason.of(Kind.PEER_CLOSED, Side.CLIENT, "client left"));
        }
    }
}
