package dev.sluice.proxy;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.ConnectionId;
import dev.sluice.core.Inbound;
import dev.sluice.core.Network;
import dev.sluice.core.Scope;
import dev.sluice.net.StreamChannel;
import dev.sluice.proxy.InboundObserver.Refusal;
import dev.sluice.rudp.RudpConfig;
import dev.sluice.rudp.RudpConnection;
import dev.sluice.rudp.RudpServer;
import io.netty.channel.EventLoop;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server of reliable UDP: each stream of a client is one TCP connection, its datagrams are packet flows. The limits count a client's
 * connection, not its streams.
 *
 * <p>Any loop; each connection, with everything in it, belongs to its own.
 */
public final class RudpInbound implements Inbound {
    private static final Logger log = LoggerFactory.getLogger(RudpInbound.class);
    /** Streams end by themselves: the scope above has the limit. */
    private static final Duration FOREVER = Duration.ofDays(36_500);

    private final ListenerSettings settings;
    private final SocksOptions udp;
    private final RudpConfig config;
    private final InboundContext context;

    /**
     * A server.
     *
     * @param settings who may come, and how far; there are no users, no TLS and no PROXY headers here
     * @param udp of packet flows
     * @param config the secret, the key and how connections behave
     */
    public RudpInbound(ListenerSettings settings, SocksOptions udp, RudpConfig config, InboundContext context) {
        this.settings = settings;
        this.udp = udp;
        this.config = config;
        this.context = context;
    }

    @Override
    public String name() {
        return settings.name();
    }

    @Override
    public Future<List<InetSocketAddress>> start(Scope server) {
        return InboundPorts.open(name(), server, settings.listen(), (scope, address) -> {
            Promise<InetSocketAddress> bound = server.executor().newPromise();
            Scope port = scope.child("port", context.loops().next());
            Map<EventLoop, Scope> scopes = new HashMap<>();
            context.loops().all().forEach(loop -> scopes.put(loop, port.child("connections", loop)));
            RudpServer.bind(context.loops(), port, address, config, connection -> accepted(connection, scopes))
                    .addListener((Future<RudpServer> f) -> {
                        if (f.isSuccess()) {
                            opened(f.getNow(), port, scopes);
                            bound.setSuccess(f.getNow().address());
                        } else {
                            bound.setFailure(f.cause());
                        }
                    });
            return bound;
        });
    }

    private void opened(RudpServer server, Scope port, Map<EventLoop, Scope> scopes) {
        InetSocketAddress address = server.address();
        context.own().add(Network.UDP, address);
        server.closed().addListener(f -> context.own().remove(Network.UDP, address));
        port.onDrain(() -> {
            server.drain(FOREVER);
            scopes.values().forEach(Scope::closeWhenEmpty);
            port.closeWhenEmpty();
        });
        log.info("inbound '{}' on {} has the key {}", name(), NetUtil.toSocketAddressString(address),
                server.key());
    }

    private void accepted(RudpConnection connection, Map<EventLoop, Scope> scopes) {
        InetAddress source = connection.remoteAddress().getAddress();
        Refusal refusal = settings.allowFrom().contains(source) ? settings.limits().enterBoth(source) : Refusal.NOT_ALLOWED;
        if (refusal != null) {
            context.observer().refused(name(), refusal);
            connection.close(refusal.label());
            return;
        }
        Scope scope = Objects.requireNonNull(scopes.get(connection.loop())).child("connection");
        scope.onDrain(scope::closeWhenEmpty);
        scope.own(why -> {
            connection.close(String.valueOf(why.detail()));
            return connection.closed();
        });
        connection.closing().addListener((Future<CloseReason> f) -> {
            settings.limits().leave(source);
            settings.limits().leave();
            scope.close(f.getNow());
        });
        RudpFlows flows = new RudpFlows(connection);
        connection.onChannel(stream -> serve(stream, connection, flows, scope));
    }

    private void serve(StreamChannel stream, RudpConnection connection, RudpFlows flows, Scope connectionScope) {
        context.observer().accepted(name());
        Scope scope = connectionScope.child("stream");
        scope.own(why -> stream.close());
        ClientSession[] made = new ClientSession[1];
        ScheduledFuture<?> deadline = stream.eventLoop().schedule(() -> made[0].refuse(Refusal.HANDSHAKE_TIMEOUT,
                CloseReason.of(Kind.TIMEOUT, Side.CLIENT, "no request within " + settings.handshake())),
                settings.handshake().toNanos(), TimeUnit.NANOSECONDS);
        made[0] = new ClientSession(ConnectionId.next(), name(), stream, connection.remoteAddress(), connection.localAddress(),
                scope,
                Users.NONE, settings.policy(), context.table(), context.observer(), System.nanoTime(), deadline);
        new RudpServerStream(made[0], context, udp, flows).begin();
    }
}
