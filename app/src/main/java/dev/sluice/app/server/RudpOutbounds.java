package dev.sluice.app.server;

import dev.sluice.app.config.OutboundConfig;
import dev.sluice.core.Outbound;
import dev.sluice.core.Scope;
import dev.sluice.net.EventLoops;
import dev.sluice.proxy.RudpOutbound;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * The outbounds of one configuration that speak reliable UDP. Their connections outlive it where streams still run over them: a new
 * configuration cuts nobody. On the control thread.
 */
final class RudpOutbounds {
    /** The server itself gives up a dial before. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final Scope root;
    private final EventLoops loops;
    private final Executor blocking;
    private final Path directory;
    private final Duration answer;
    private final Observers observers;
    private final List<RudpOutbound> all = new ArrayList<>();

    /**
     * Keys of servers are remembered in {@code directory}.
     *
     * @param blocking where names are looked up and files are written
     * @param dial how long a dial may take in all
     */
    RudpOutbounds(Scope root, EventLoops loops, Executor blocking, Path directory, Duration dial, Observers observers) {
        this.root = root;
        this.loops = loops;
        this.blocking = blocking;
        this.directory = directory;
        this.answer = dial.plus(GRACE);
        this.observers = observers;
    }

    /** Makes one. */
    Outbound make(OutboundConfig.Rudp config) throws StartException {
        RudpOutbound made = new RudpOutbound(config.name(), RudpPeer.of(config, directory, blocking, observers), loops,
                root.child("rudp " + config.name()), answer);
        all.add(made);
        return made;
    }

    /** No new streams; connections go with their last one. */
    void retire() {
        all.forEach(RudpOutbound::retire);
    }
}
