package dev.sluice.app.admin;

import dev.sluice.app.config.AdminConfig;
import dev.sluice.app.logs.Logs;
import dev.sluice.core.CloseReason;
import dev.sluice.core.ConnectionTable;
import dev.sluice.core.Scope;
import dev.sluice.net.EventLoops;
import dev.sluice.net.Listener;
import dev.sluice.net.OwnAddresses;
import dev.sluice.proxy.OutboundHealth;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** The admin listener: a small HTTP/1.1 server, bounded in clients, bytes and time. */
public final class AdminServer {
    private static final int MOST_CLIENTS = 64;
    private static final int MOST_BYTES = 16 * 1024;
    private static final int IDLE_SECONDS = 30;

    /**
     * What it shows.
     *
     * @param tally what was counted
     * @param table what is alive
     * @param users whose sessions can be ended
     * @param ready whether new connections are taken
     * @param health of the members of failover and balance
     * @param logs whose dropped lines are counted
     */
    public record Sources(Tally tally, ConnectionTable table, UserSessions users, BooleanSupplier ready,
            Supplier<List<OutboundHealth>> health, Logs logs) {}

    private final AdminPages pages;
    private final HostCheck hosts;
    private final AtomicInteger clients = new AtomicInteger();

    private AdminServer(AdminPages pages, HostCheck hosts) {
        this.pages = pages;
        this.hosts = hosts;
    }

    /**
     * Listens until {@code scope} closes.
     *
     * @return the address; fails with a {@link java.net.BindException} that names it
     */
    public static Future<Listener> start(AdminConfig config, InetSocketAddress address, EventLoops loops, OwnAddresses own,
            Scope scope,
            Sources sources) {
        LoopLag lag = new LoopLag(loops.all(), scope);
        AdminPages pages = new AdminPages(sources.ready(), sources.table(), sources.users(),
                () -> new Metrics(sources.tally(), sources.table(), lag, sources.health(), () -> sources.logs().dropped()));
        AdminServer server = new AdminServer(pages, new HostCheck(config.hosts()));
        return Listener.bind(loops, own, scope, address, server::accepted);
    }

    private void accepted(Channel channel, Scope scope) {
        if (clients.incrementAndGet() > MOST_CLIENTS) {
            clients.decrementAndGet();
            scope.close(CloseReason.of(CloseReason.Kind.LIMIT, CloseReason.Side.SELF, "admin clients"));
            return;
        }
        channel.closeFuture().addListener(f -> {
            clients.decrementAndGet();
            scope.close(CloseReason.finished());
        });
        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
        channel.pipeline().addLast(new IdleStateHandler(0, 0, IDLE_SECONDS), new HttpServerCodec(4096, MOST_BYTES, MOST_BYTES),
                new HttpObjectAggregator(MOST_BYTES), new AdminHandler(pages, hosts));
        channel.config().setAutoRead(true);
    }
}
