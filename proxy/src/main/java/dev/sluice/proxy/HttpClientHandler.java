package dev.sluice.proxy;

import dev.sluice.core.AccessLog;
import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReasons;
import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.Connection;
import dev.sluice.core.Route;
import dev.sluice.http.Exchange;
import dev.sluice.http.ExchangeHandler;
import dev.sluice.http.Refusal;
import dev.sluice.net.Dispatcher;
import dev.sluice.net.Dispatcher.Dialled;
import dev.sluice.net.Finish;
import dev.sluice.net.ReadHold;
import dev.sluice.net.RelayResult;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides about the requests of one HTTP client: who he is, and what each request becomes. Belongs to the client's loop. */
final class HttpClientHandler implements ExchangeHandler {
    private static final Logger log = LoggerFactory.getLogger(HttpClientHandler.class);
    private static final String BASIC = "basic ";

    private final ClientSession session;
    private final Dispatcher dispatcher;
    private @Nullable String provenCredentials; // the field value that was right; clients repeat it with every request
    private @Nullable String user;
    private @Nullable CloseReason turnedAway; // why the exchange that runs came to be no connection

    HttpClientHandler(ClientSession session, Dispatcher dispatcher) {
        this.session = session;
        this.dispatcher = dispatcher;
    }

    @Override
    public void request(Exchange exchange) {
        if (!session.users().required()) {
            admitted(exchange);
            return;
        }
        String credentials = exchange.head().headers().get(HttpHeaderNames.PROXY_AUTHORIZATION);
        if (credentials == null) {
            unauthorized(exchange);
        } else if (credentials.equals(provenCredentials)) {
            admitted(exchange);
        } else {
            check(exchange, credentials);
        }
    }

    private void check(Exchange exchange, String credentials) {
        String pair = basic(credentials);
        int colon = pair.indexOf(':');
        if (colon < 0) {
            unauthorized(exchange);
            return;
        }
        String name = pair.substring(0, colon);
        session.users().check(session.loop(), session.source().getAddress(), name, pair.substring(colon + 1))
                .addListener((Future<Boolean> f) -> {
                    if (exchange.isOver()) {
                        return;
                    }
                    if (!f.isSuccess() || !f.getNow()) {
                        unauthorized(exchange);
                        return;
                    }
                    provenCredentials = credentials;
                    user = name;
                    admitted(exchange);
                });
    }

    /** Name and password of RFC 7617; empty where it is something else. */
    private static String basic(String credentials) {
        if (!credentials.regionMatches(true, 0, BASIC, 0, BASIC.length())) {
            return "";
        }
        try {
            return new String(Base64.getDecoder().decode(credentials.substring(BASIC.length()).strip()), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    private void unauthorized(Exchange exchange) {
        CloseReason why = CloseReason.of(CloseReason.Kind.BLOCKED, CloseReason.Side.SELF, "no credentials, or wrong ones");
        session.nextId();
        session.denied(InboundObserver.Refusal.UNAUTHORIZED, why);
        turnedAway = why;
        exchange.refuse(Refusal.unauthorized(), why);
    }

    private void admitted(Exchange exchange) {
        String name = user;
        if (name != null && !session.authenticated(name)) {
            CloseReason why = CloseReason.of(CloseReason.Kind.LIMIT, CloseReason.Side.SELF, "connections of user " + name);
            session.nextId();
            turnedAway = why;
            exchange.refuse(new Refusal(503, "connection_limit_reached", "You have as many connections open as you may have.",
                    "Close some, or ask the operator for more.", true), why);
            return;
        }
        Connection connection = session.exchange(exchange.head().destination(), name);
        if (exchange.head().isConnect()) {
            connect(exchange, connection);
        } else {
            exchange.forward(connection, dispatcher.route(connection));
        }
    }

    // ---- plain requests

    @Override
    public void ended(Exchange exchange, CloseReason reason) {
        CloseReason refused = turnedAway;
        turnedAway = null;
        Connection connection = exchange.connection();
        if (refused != null) {
            turnedAway(exchange.head().summary(), exchange.status(), refused);
        } else if (connection != null) {
            dispatcher.ended(new AccessLog.Ended(connection, exchange.route(), exchange.head().summary(), exchange.status(),
                    exchange.up(), exchange.down(), exchange.duration(), reason));
        }
    }

    @Override
    public void malformed(int status, CloseReason why) {
        session.nextId();
        session.denied(InboundObserver.Refusal.PROTOCOL, why);
        turnedAway("malformed HTTP request", status, why);
    }

    /** Under the name that {@link ClientSession#nextId} has given to the request. */
    private void turnedAway(String what, int status, CloseReason why) {
        dispatcher.refused(new AccessLog.Refused(session.id(), session.inbound(), session.source(), what, status, why));
    }

    @Override
    public void fault(Throwable cause) {
        log.atError().addKeyValue("conn", session.id()).setCause(cause)
                .log("a fault of Sluice ended the connection of {}; please report it", session.source());
    }

    @Override
    public void switched(Exchange exchange, Channel client, Channel origin) {
        Connection connection = Objects.requireNonNull(exchange.connection());
        Route route = Objects.requireNonNull(exchange.route());
        carry(new Dialled(connection, route, origin), client, exchange.head().summary());
    }

    // ---- CONNECT

    private void connect(Exchange exchange, Connection connection) {
        if (!dispatcher.wantsName(connection)) {
            dial(exchange, connection);
            return;
        }
        // The name comes in the client's first bytes, which come only after our answer.
        Channel client = exchange.tunnel();
        Objects.requireNonNull(client.pipeline().get(ReadHold.class)).watch(EarlyBytes.LIMIT, EarlyBytes.watcher(session));
        Sniffer.sniff(client).addListener((Future<String> f) -> {
            if (session.scope().isOpen()) {
                dialBlind(client, f.getNow().isEmpty() ? connection : connection.sniffed(f.getNow()));
            }
        });
    }

    private void dial(Exchange exchange, Connection connection) {
        String what = exchange.head().summary();
        Future<Dialled> dialling = dispatcher.dial(connection, what);
        exchange.whenClientLeaves(() -> {
            dialling.cancel(false);
            session.scope().close(CloseReason.of(CloseReason.Kind.CANCELLED, CloseReason.Side.CLIENT,
                    "client left while its target was dialled"));
        });
        dialling.addListener((Future<Dialled> f) -> {
            if (f.isSuccess()) {
                if (exchange.isOver()) {
                    gone(f.getNow(), what);
                } else {
                    carry(f.getNow(), exchange.tunnel(), what);
                }
                return;
            }
            CloseReason why = CloseReasons.classify(f.cause());
            if (!exchange.isOver()) {
                exchange.refuse(Refusal.of(f.cause() instanceof ConnectFailedException failed
                        ? failed
                        : new ConnectFailedException(ConnectFailedException.Failure.INTERNAL, "", f.cause())), why);
            }
            connection.scope().close(why);
        });
    }

    private void dialBlind(Channel client, Connection connection) {
        String what = "CONNECT " + connection.destination();
        dispatcher.dial(connection, what).addListener((Future<Dialled> f) -> {
            if (!f.isSuccess()) { // 200 is said already: only a reset tells that nothing was reached
                Finish.reset(client);
                session.scope().close(CloseReasons.classify(f.cause()));
            } else if (!session.scope().isOpen()) {
                gone(f.getNow(), what);
            } else {
                carry(f.getNow(), client, what);
            }
        });
    }

    private void carry(Dialled dialled, Channel client, String what) {
        session.handOver();
        dispatcher.carry(dialled, client, what)
                .addListener((Future<RelayResult> f) -> session.scope().close(f.getNow().reason()));
    }

    private void gone(Dialled dialled, String what) {
        dialled.target().close();
        Connection connection = dialled.connection();
        dispatcher.ended(new AccessLog.Ended(connection, dialled.route(), what, 0, 0, 0,
                Duration.ofNanos(System.nanoTime() - connection.openedNanos()), CloseReason.cancelled("the client left")));
    }
}
