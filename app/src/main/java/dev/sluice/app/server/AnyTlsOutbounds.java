package dev.sluice.app.server;

import dev.sluice.anytls.AnyTlsObserver;
import dev.sluice.anytls.AnyTlsOutbound;
import dev.sluice.app.config.OutboundConfig;
import dev.sluice.core.Outbound;
import dev.sluice.core.Scope;
import dev.sluice.net.ClientTls;
import dev.sluice.net.EventLoops;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The AnyTLS outbounds of one configuration. Their sessions outlive it where streams still run over them: a new configuration cuts
 * nobody. On the control thread.
 */
final class AnyTlsOutbounds {
    /** Streams end by themselves. */
    private static final Duration FOREVER = Duration.ofDays(36_500);

    private final Scope root;
    private final EventLoops loops;
    private final Path schemes;
    private final AnyTlsObserver observer;
    private final List<AnyTlsOutbound> all = new ArrayList<>();
    private final List<Scope> scopes = new ArrayList<>();

    /** Learned padding schemes are kept in {@code schemes}. */
    AnyTlsOutbounds(Scope root, EventLoops loops, Path schemes, AnyTlsObserver observer) {
        this.root = root;
        this.loops = loops;
        this.schemes = schemes;
        this.observer = observer;
    }

    /** Makes one. */
    Outbound make(OutboundConfig.AnyTls config, ClientTls tls, Outbound via) {
        Scope scope = root.child("anytls " + config.name());
        AnyTlsOutbound made = new AnyTlsOutbound(config.name(), config.server(), config.password().reveal(), tls, via,
                config.options(), schemes, scope, loops.all(), observer.of(config.name()));
        all.add(made);
        scopes.add(scope);
        return made;
    }

    /** No new streams; sessions go with their last one. */
    void retire() {
        all.forEach(AnyTlsOutbound::reset);
        scopes.forEach(scope -> scope.drain(FOREVER));
    }
}
