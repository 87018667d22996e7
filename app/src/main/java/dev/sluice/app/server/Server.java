package dev.sluice.app.server;

import dev.sluice.app.admin.UserSessions;
import dev.sluice.app.config.Config;
import dev.sluice.app.config.InboundConfig;
import dev.sluice.app.config.UserConfig;
import dev.sluice.core.CloseReason;
import dev.sluice.core.ConnectionTable;
import dev.sluice.core.HostSet;
import dev.sluice.core.Inbound;
import dev.sluice.core.RuleSet;
import dev.sluice.core.Scope;
import dev.sluice.net.DialOptions;
import dev.sluice.net.Dialer;
import dev.sluice.net.DirectDialer;
import dev.sluice.net.Dispatcher;
import dev.sluice.net.EventLoops;
import dev.sluice.net.OwnAddresses;
import dev.sluice.net.RelayOptions;
import dev.sluice.net.Transport;
import dev.sluice.proxy.DirectOutbound;
import dev.sluice.proxy.InboundContext;
import dev.sluice.proxy.ListenerInbound;
import dev.sluice.proxy.OutboundGroup;
import dev.sluice.proxy.OutboundHealth;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running program: everything that a configuration asks for, below one scope.
 *
 * <pre>
 * sluice            dialers and their resolvers, probes, the admin listener
 *   inbounds        one child for each inbound, which owns its listeners and connections
 * </pre>
 *
 * <p>All methods are called on the control thread, and wait, except where they say otherwise.
 */
public final class Server {
    private static final Logger log = LoggerFactory.getLogger(Server.class);
    private static final Duration BIND_LIMIT = Duration.ofSeconds(10);
    private static final int REBIND_TRIES = 50;
    private static final String ADVICE = "; stop what uses it, or choose another port: sluice run --listen mixed://127.0.0.1:PORT";

    /** An inbound that runs. */
    private record Running(InboundPlan plan, List<UserConfig> declared, InboundUsers users, Scope scope,
            List<Inbound> listeners, List<InetSocketAddress> addresses) {
        Running with(InboundPlan next, List<UserConfig> users) {
            return new Running(next, users, this.users, scope, listeners, addresses);
        }
    }

    private final DefaultEventExecutor executor = new DefaultEventExecutor(new DefaultThreadFactory("sluice-scope", true));
    private final Scope root = Scope.root("sluice", executor);
    private final Scope inboundsScope = root.child("inbounds");
    private final ExecutorService hashing = Executors
            .newThreadPerTaskExecutor(Thread.ofVirtual().name("sluice-hash-", 0).factory());
    private final OwnAddresses own = new OwnAddresses();
    private final ConnectionTable table = new ConnectionTable();
    private final AnyTlsAccounts accounts = new AnyTlsAccounts();
    private final EventLoops loops;
    private final Dispatcher dispatcher;
    private final Inbounds inbounds;
    private final Observers observers;
    private final Path stateDirectory;
    private final Map<String, Running> running = new LinkedHashMap<>();
    private Config config;
    private Routes routes;
    private AnyTlsOutbounds sessions;
    private RudpOutbounds rudp;
    private volatile List<OutboundGroup> groups = List.of();
    private Scope outboundsScope;

    private Server(Config config, EventLoops loops, Observers observers, Path stateDirectory) throws StartException {
        this.config = config;
        this.loops = loops;
        this.observers = observers;
        this.stateDirectory = stateDirectory;
        this.outboundsScope = root.child("outbounds");
        Outbounds outbounds = outbounds(config, outboundsScope);
        this.sessions = outbounds.sessions();
        this.rudp = outbounds.rudp();
        DirectDialer direct = new DirectDialer(loops, own, root.child("fallback"), options(config, null), observers.dials());
        this.routes = Routes.build(config, outbounds);
        this.dispatcher = new Dispatcher(routes.router(), table, observers.access(), relays(config));
        this.inbounds = new Inbounds(new InboundContext(loops, own, dispatcher, table, observers.doors()), observers,
                hashing, stateDirectory, root.child("http"), new DirectOutbound("fallback", direct));
        startGroups(outbounds, outboundsScope);
    }

    /**
     * Starts everything.
     *
     * @throws StartException where something cannot be had; then nothing is left running
     */
    public static Server start(Config config, Observers observers, Path stateDirectory) throws StartException {
        EventLoops loops = loops(config);
        Server server;
        try {
            server = new Server(config, loops, observers, stateDirectory);
        } catch (StartException e) {
            loops.close();
            throw e;
        }
        try {
            for (InboundConfig inbound : config.inbounds()) {
                server.open(inbound, config, 1);
            }
            return server;
        } catch (StartException e) {
            server.close();
            throw e;
        }
    }

    private static RelayOptions relays(Config config) {
        return new RelayOptions(config.timeouts().idle(), config.timeouts().write(), config.timeouts().linger(),
                RelayOptions.DEFAULT.splice());
    }

    private static EventLoops loops(Config config) throws StartException {
        Transport transport = config.transport();
        int threads = config.threads() == 0 ? Runtime.getRuntime().availableProcessors() : config.threads();
        try {
            if (transport == null) {
                transport = EventLoops.unavailable(Transport.EPOLL) == null ? Transport.EPOLL : Transport.NIO;
            }
            return EventLoops.create(transport, threads);
        } catch (UnsupportedOperationException e) {
            throw new StartException(String.valueOf(e.getMessage()), e);
        }
    }

    private Outbounds outbounds(Config of, Scope scope) throws StartException {
        Map<Object, Dialer> dialers = new HashMap<>();
        AnyTlsOutbounds sessions = new AnyTlsOutbounds(root, loops, stateDirectory.resolve("anytls"), observers.anytls());
        RudpOutbounds rudp = new RudpOutbounds(root, loops, hashing, stateDirectory.resolve("rudp"),
                of.timeouts().connectTotal(), observers);
        return Outbounds.build(of, sessions, rudp, source -> dialers.computeIfAbsent(source == null ? "any" : source, key -> {
            return new DirectDialer(loops, own, scope, options(of, source), observers.dials());
        }));
    }

    private static DialOptions options(Config of, @Nullable InetAddress source) {
        return new DialOptions(of.timeouts().connect(), of.timeouts().connectTotal(), of.dns().timeout(), of.dns().servers(),
                source instanceof Inet4Address v4 ? v4 : null, source instanceof Inet6Address v6 ? v6 : null);
    }

    private void startGroups(Outbounds outbounds, Scope scope) {
        List<OutboundGroup> started = List.copyOf(outbounds.groups());
        started.forEach(group -> group.start(scope, loops.next()));
        groups = started;
    }

    /** Makes and starts one inbound; {@code tries} more than one wait for an address that is just being given up. */
    private void open(InboundConfig inbound, Config all, int tries) throws StartException {
        InboundPlan plan = InboundPlan.of(inbound, all);
        List<UserConfig> userConfigs = InboundPlan.users(inbound, all);
        InboundUsers users = inbounds.users(plan, userConfigs);
        Scope scope = inboundsScope.child(inbound.name());
        scope.onDrain(scope::closeWhenEmpty);
        try {
            List<InetSocketAddress> addresses = new ArrayList<>();
            List<Inbound> listeners = inbounds.make(plan, users, scope);
            for (Inbound each : listeners) {
                addresses.addAll(bind(each, scope, tries));
            }
            running.put(inbound.name(), new Running(plan, userConfigs, users, scope, List.copyOf(listeners),
                    List.copyOf(addresses)));
            if (users instanceof AnyTlsInboundUsers anyTls) {
                accounts.add(inbound.name(), anyTls.asked(), scope);
            }
        } catch (StartException e) {
            scope.close(CloseReason.shutdown("not started"));
            throw e;
        }
    }

    private static List<InetSocketAddress> bind(Inbound inbound, Scope scope, int tries) throws StartException {
        for (int left = tries;; left--) {
            Future<List<InetSocketAddress>> bound = inbound.start(scope);
            if (!bound.awaitUninterruptibly(BIND_LIMIT.toMillis())) {
                throw new StartException(
                        "inbound '" + inbound.name() + "' did not start within " + BIND_LIMIT.toSeconds() + " s");
            }
            if (bound.isSuccess()) {
                return bound.getNow();
            }
            if (left <= 1 || !(bound.cause() instanceof BindException)) {
                throw new StartException("inbound '" + inbound.name() + "' cannot listen on " + bound.cause().getMessage()
                        + (bound.cause() instanceof BindException ? ADVICE : ""), bound.cause());
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    /**
     * Takes a new configuration over. Inbounds that did not change stay as they are; those that listen as before go on with other
     * settings for the clients to come; new ones are opened before anything else
     * happens, and if one of them cannot be, nothing changes at all; those that are gone take no more clients, and let those they
     * have finish.
     *
     * @throws StartException where the new one cannot be had; the old one stays
     */
    public void reload(Config next) throws StartException {
        Scope scope = root.child("outbounds");
        List<String> opened = new ArrayList<>();
        List<Runnable> changes = new ArrayList<>();
        try {
            Outbounds outbounds = outbounds(next, scope);
            Routes nextRoutes = Routes.build(next, outbounds);
            List<InboundConfig> later = new ArrayList<>();
            for (InboundConfig inbound : next.inbounds()) {
                Running now = running.get(inbound.name());
                InboundPlan plan = InboundPlan.of(inbound, next);
                boolean blocked = running.values().stream().anyMatch(r -> r.plan().collides(plan));
                if (now != null && (now.plan().equals(plan) || now.plan().sameListener(plan))) {
                    change(now, plan, InboundPlan.users(inbound, next), changes);
                } else if (now != null || blocked) {
                    later.add(inbound);
                } else {
                    open(inbound, next, 1);
                    opened.add(inbound.name());
                }
            }
            changes.forEach(Runnable::run);
            take(next, nextRoutes, outbounds, scope, later);
        } catch (StartException e) {
            opened.forEach(name -> end(name, CloseReason.shutdown("configuration refused")));
            scope.close(CloseReason.shutdown("configuration refused"));
            throw e;
        }
    }

    /** Other users, or another plan, for a listener that stays. */
    private void change(Running now, InboundPlan plan, List<UserConfig> users, List<Runnable> changes) {
        if (now.declared().equals(users) && now.plan().equals(plan)) {
            return;
        }
        changes.add(() -> {
            now.users().use(users, plan.limits());
            if (!now.plan().equals(plan)) {
                for (Inbound listener : now.listeners()) {
                    inbounds.renew((ListenerInbound) listener, plan, now.users());
                }
            }
            running.put(plan.config().name(), now.with(plan, users));
        });
    }

    /** From here on the new configuration holds. */
    private void take(Config next, Routes nextRoutes, Outbounds outbounds, Scope scope, List<InboundConfig> later)
            throws StartException {
        dispatcher.use(nextRoutes.router());
        dispatcher.use(relays(next));
        startGroups(outbounds, scope);
        retire(outboundsScope);
        sessions.retire();
        sessions = outbounds.sessions();
        rudp.retire();
        rudp = outbounds.rudp();
        outboundsScope = scope;
        routes = nextRoutes;
        config = next;
        List<String> names = next.inbounds().stream().map(InboundConfig::name).toList();
        List<String> gone = running.keySet().stream()
                .filter(name -> !names.contains(name) || later.stream().anyMatch(i -> i.name().equals(name))).toList();
        for (String name : gone) {
            drain(name);
        }
        StartException failure = null;
        for (InboundConfig inbound : later) {
            try {
                open(inbound, next, REBIND_TRIES);
            } catch (StartException e) {
                log.error("{}", e.getMessage());
                failure = e;
            }
        }
        table.retain(Set.copyOf(names), outbounds.names(), users(next));
        if (failure != null) {
            log.warn("the new configuration holds, but without the inbounds that could not be opened");
        }
    }

    private static Set<String> users(Config config) {
        return config.inbounds().stream().flatMap(inbound -> InboundPlan.users(inbound, config).stream())
                .map(user -> user.name().value())
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Old resolvers and probes live until what may still use them is done. */
    private void retire(Scope old) {
        executor.schedule(() -> old.close(CloseReason.shutdown("configuration replaced")),
                config.timeouts().connectTotal().toNanos(), TimeUnit.NANOSECONDS);
    }

    private void drain(String name) {
        Running old = running.remove(name);
        if (old != null) {
            old.scope().drain(config.timeouts().drain());
        }
    }

    private void end(String name, CloseReason why) {
        Running old = running.remove(name);
        if (old != null) {
            old.scope().close(why);
        }
    }

    /** Files of rule sets that are in use. */
    public List<Path> ruleSetFiles() {
        return List.copyOf(routes.files().keySet());
    }

    /** Takes the new contents of a rule set's file. */
    public void replace(Path file, HostSet hosts) {
        for (RuleSet set : routes.files().getOrDefault(file, List.of())) {
            set.replace(hosts);
        }
    }

    /** The configuration that holds. */
    public Config config() {
        return config;
    }

    /** What is listened on, by the name of the inbound. */
    public Map<String, List<InetSocketAddress>> listening() {
        Map<String, List<InetSocketAddress>> all = new LinkedHashMap<>();
        running.forEach((name, r) -> all.put(name, r.addresses()));
        return all;
    }

    /** The users of AnyTLS inbounds. Any thread. */
    public UserSessions accounts() {
        return accounts;
    }

    /** Connections alive, and totals. */
    public ConnectionTable table() {
        return table;
    }

    /** What this program listens on. */
    public OwnAddresses own() {
        return own;
    }

    /** The loops, for what else is served on them. */
    public EventLoops loops() {
        return loops;
    }

    /** How the members of failover and balance do. Any thread. */
    public List<OutboundHealth> health() {
        return groups.stream().flatMap(g -> g.health().stream()).toList();
    }

    /** The scope of everything. */
    public Scope root() {
        return root;
    }

    /** Stops listening at once, lets connections finish, and is done when they are gone, or at the limit. Any thread. */
    public Future<CloseReason> drain(Duration limit) {
        inboundsScope.onDrain(inboundsScope::closeWhenEmpty);
        return inboundsScope.drain(limit);
    }

    /** Ends everything that is left. */
    public void close() {
        root.close(CloseReason.shutdown("the program ends")).awaitUninterruptibly(5, TimeUnit.SECONDS);
        loops.close().awaitUninterruptibly(5, TimeUnit.SECONDS);
        executor.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(1, TimeUnit.SECONDS);
        hashing.shutdownNow();
    }
}
