package dev.sluice.app.server;

import dev.sluice.app.admin.AdminServer;
import dev.sluice.app.config.AdminConfig;
import dev.sluice.core.CloseReason;
import dev.sluice.core.Scope;
import dev.sluice.net.Listener;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The admin listener of a running program, which a new configuration may move. On the control thread, but for the address. */
final class Admin {
    private static final Logger log = LoggerFactory.getLogger(Admin.class);

    private final Server server;
    private final AdminServer.Sources sources;
    private final AtomicReference<@Nullable InetSocketAddress> address = new AtomicReference<>();
    private @Nullable AdminConfig config;
    private @Nullable Scope scope;

    Admin(Server server, AdminServer.Sources sources) {
        this.server = server;
        this.sources = sources;
    }

    /** Where it listens; null where it does not. Any thread. */
    @Nullable
    InetSocketAddress address() {
        return address.get();
    }

    /**
     * Listens as {@code next} says. A port that nobody asked for may be taken: two Sluices on one machine. One that somebody asked
     * for may not.
     *
     * @throws StartException where it may not; then nothing has changed
     */
    void use(AdminConfig next) throws StartException {
        if (config != null && next.equals(config)) {
            return;
        }
        InetSocketAddress listen = next.listen();
        if (listen != null && config != null && listen.equals(config.listen())) {
            stop(); // the port is the same: it must be free first
        }
        if (listen == null) {
            stop();
            config = next;
            return;
        }
        Scope mine = server.root().child("admin");
        Future<Listener> bound = AdminServer.start(next, listen, server.loops(), server.own(), mine, sources)
                .awaitUninterruptibly();
        if (bound.isSuccess()) {
            stop();
            scope = mine;
            config = next;
            address.set(bound.getNow().address());
            return;
        }
        mine.close(CloseReason.shutdown("not started"));
        if (next.explicit()) {
            throw new StartException("the admin listener cannot listen on " + bound.cause().getMessage(), bound.cause());
        }
        log.warn("no admin listener: {}; choose another with --admin HOST:PORT, or --admin off", bound.cause().getMessage());
    }

    private void stop() {
        Scope old = scope;
        scope = null;
        address.set(null);
        config = null;
        if (old != null) {
            old.close(CloseReason.shutdown("configuration replaced")).awaitUninterruptibly();
        }
    }
}
