package dev.sluice.http;

import dev.sluice.core.Scope;
import dev.sluice.net.ReadHold;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.HexFormat;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The exchange engine of one program: its limits, its name in {@code Via}, and for each event loop a pool of origin connections.
 *
 * <p>Any thread; what it keeps for a loop is touched on that loop only.
 */
public final class HttpEngine {
    private final Scope server;
    private final HttpLimits limits;
    private final String pseudonym;
    private final ConcurrentHashMap<EventLoop, PerLoop> loops = new ConcurrentHashMap<>();

    /** What one loop has. */
    record PerLoop(OriginPool pool, ForwardingRules rules, HttpLimits limits) {}

    /** An engine whose origin connections live below {@code server}. */
    public HttpEngine(Scope server, HttpLimits limits) {
        this.server = server;
        this.limits = limits;
        this.pseudonym = "sluice-" + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
    }

    /** What peers may ask. */
    public HttpLimits limits() {
        return limits;
    }

    /** The name in {@code Via}: of this program alone, so that it recognises its own messages. */
    public String pseudonym() {
        return pseudonym;
    }

    /**
     * Serves HTTP/1 on a client's stream that has auto-read off and a {@code ReadHold}. On the stream's loop.
     *
     * @param session owns the stream
     */
    public void serve(Channel client, Scope session, ExchangeHandler handler) {
        Http1ClientConnection connection = new Http1ClientConnection(perLoop(client.eventLoop()), client, session, handler);
        ReadHold.release(client, connection::install);
        connection.start();
    }

    private PerLoop perLoop(EventLoop loop) {
        PerLoop known = loops.get(loop);
        return known != null
                ? known
                : loops.computeIfAbsent(loop, l -> new PerLoop(new OriginPool(l, server.child("origins", l), limits),
                        new ForwardingRules(pseudonym), limits));
    }
}
