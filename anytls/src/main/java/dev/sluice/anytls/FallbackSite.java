package dev.sluice.anytls;

import dev.sluice.core.AccessLog;
import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReasons;
import dev.sluice.core.Connection;
import dev.sluice.core.Destination;
import dev.sluice.core.Outbound;
import dev.sluice.core.Route;
import dev.sluice.net.ClientTls;
import dev.sluice.net.Dispatcher;
import dev.sluice.net.TlsInfo;
import dev.sluice.proxy.ClientSession;
import dev.sluice.proxy.InboundContext;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The web site that is shown to whoever is no client: everything he has said is said to it, and what it answers is answered to him.
 * So the port is that site, for everybody who does not know a password.
 *
 * <p>What a browser has agreed on with our TLS (ALPN) is offered to a site that speaks TLS, too; a plain site must understand
 * whatever the listener offers.
 *
 * <p>Immutable, shared by all loops.
 */
public final class FallbackSite {
    private static final Duration HANDSHAKE = Duration.ofSeconds(10);
    private static final String WHAT = "fallback";

    private final Destination site;
    private final Map<String, ClientTls> tls;
    private final Route route;

    /**
     * A site.
     *
     * @param site where it listens; it may be private
     * @param tls what is spoken with it by the protocol that the client has agreed on, empty for none; an empty map for plain HTTP
     * @param via how it is reached
     */
    public FallbackSite(Destination site, Map<String, ClientTls> tls, Outbound via) {
        this.site = site;
        this.tls = Map.copyOf(tls);
        this.route = new Route(via, WHAT);
    }

    /** Joins the client, whose first bytes are in its hold, with the site. On the client's loop. */
    void serve(InboundContext context, ClientSession session) {
        Connection connection = session.trusted(site);
        session.table().routed(connection, route);
        route.outbound().connect(connection).addListener((Future<Channel> f) -> {
            if (f.isSuccess()) {
                secure(context.dispatcher(), session, connection, f.getNow());
            } else {
                failed(context.dispatcher(), session, connection, f.cause());
            }
        });
    }

    private void secure(Dispatcher dispatcher, ClientSession session, Connection connection, Channel target) {
        ClientTls with = tls(session.channel());
        if (with == null) {
            carry(dispatcher, session, connection, target);
            return;
        }
        connection.scope().own(why -> target.close());
        with.connect(target, site.host().toString(), site.port(), HANDSHAKE).addListener((Future<TlsInfo> f) -> {
            if (f.isSuccess()) {
                carry(dispatcher, session, connection, target);
            } else {
                failed(dispatcher, session, connection, f.cause());
            }
        });
    }

    private @Nullable ClientTls tls(Channel client) {
        SslHandler handler = client.pipeline().get(SslHandler.class);
        String agreed = handler == null ? null : handler.applicationProtocol();
        ClientTls same = tls.get(agreed == null ? "" : agreed);
        return same == null ? tls.get("") : same;
    }

    private void carry(Dispatcher dispatcher, ClientSession session, Connection connection, Channel target) {
        if (!session.scope().isOpen()) {
            target.close();
            return;
        }
        session.handOver();
        dispatcher.carry(new Dispatcher.Dialled(connection, route, target), session.channel(), WHAT);
    }

    private void failed(Dispatcher dispatcher, ClientSession session, Connection connection, Throwable cause) {
        CloseReason reason = CloseReasons.classify(cause);
        dispatcher.ended(new AccessLog.Ended(connection, route, WHAT, 0, 0, 0,
                Duration.ofNanos(System.nanoTime() - connection.openedNanos()), reason));
        session.scope().close(reason);
    }

    @Override
    public String toString() {
        return (tls.isEmpty() ? "http://" : "https://") + site;
    }
}
