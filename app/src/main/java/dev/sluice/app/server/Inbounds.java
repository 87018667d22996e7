package dev.sluice.app.server;

import dev.sluice.anytls.AnyTlsProtocol;
import dev.sluice.anytls.AnyTlsServerOptions;
import dev.sluice.anytls.AnyTlsUsers;
import dev.sluice.anytls.FallbackSite;
import dev.sluice.anytls.ServerSessionOptions;
import dev.sluice.anytls.padding.PaddingScheme;
import dev.sluice.app.config.InboundConfig;
import dev.sluice.app.config.Limits;
import dev.sluice.app.config.ListenTls;
import dev.sluice.app.config.Reasons;
import dev.sluice.app.config.SiteConfig;
import dev.sluice.app.config.Timeouts;
import dev.sluice.app.config.UserConfig;
import dev.sluice.core.Destination;
import dev.sluice.core.Inbound;
import dev.sluice.core.Network;
import dev.sluice.core.Outbound;
import dev.sluice.core.Policy;
import dev.sluice.core.ProtocolException;
import dev.sluice.core.Scope;
import dev.sluice.http.HttpEngine;
import dev.sluice.http.HttpLimits;
import dev.sluice.net.ClientTls;
import dev.sluice.net.ClientTlsOptions;
import dev.sluice.net.ServerTls;
import dev.sluice.net.ServerTlsOptions;
import dev.sluice.net.TlsConfigException;
import dev.sluice.proxy.AccessList;
import dev.sluice.proxy.ClientProtocol;
import dev.sluice.proxy.ConnectionLimits;
import dev.sluice.proxy.ForwardProtocol;
import dev.sluice.proxy.HttpProtocol;
import dev.sluice.proxy.InboundContext;
import dev.sluice.proxy.ListenerInbound;
import dev.sluice.proxy.ListenerSettings;
import dev.sluice.proxy.LoginMemory;
import dev.sluice.proxy.MixedProtocol;
import dev.sluice.proxy.RudpInbound;
import dev.sluice.proxy.SocksOptions;
import dev.sluice.proxy.SocksProtocol;
import dev.sluice.proxy.UdpForwardInbound;
import dev.sluice.proxy.UdpForwardSettings;
import dev.sluice.proxy.Users;
import dev.sluice.rudp.RudpConfig;
import dev.sluice.rudp.RudpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes inbounds of their plans. On the control thread. */
final class Inbounds {
    private static final Logger log = LoggerFactory.getLogger(Inbounds.class);

    private final InboundContext context;
    private final Executor hashing;
    private final Observers observers;
    private final Outbound direct;
    private final Path stateDirectory;
    private final Scope engineScope;
    private final Map<Limits, ConnectionLimits> shared = new HashMap<>();
    private final Map<HttpLimits, HttpEngine> engines = new HashMap<>();
    private @Nullable LoginMemory memory;

    /**
     * {@code hashing} is where passwords are checked; made certificates are kept below {@code stateDirectory}; {@code engineScope}
     * owns the connections to origins; fallback sites are reached by {@code direct}.
     */
    Inbounds(InboundContext context, Observers observers, Executor hashing, Path stateDirectory, Scope engineScope,
            Outbound direct) {
        this.observers = observers;
        this.direct = direct;
        this.engineScope = engineScope;
        this.context = context;
        this.hashing = hashing;
        this.stateDirectory = stateDirectory;
    }

    /** The users that a listener asks. */
    InboundUsers users(InboundPlan plan, List<UserConfig> users) {
        return plan.config() instanceof InboundConfig.AnyTls
                ? new AnyTlsInboundUsers(users, plan.limits())
                : new CurrentUsers(users, plan.limits(), this::memory);
    }

    /** One for all lists of users. Made for the first: most programs at home have none, and its caches cost the start 40 ms. */
    private LoginMemory memory() {
        LoginMemory known = memory;
        if (known == null) {
            known = new LoginMemory(hashing);
            memory = known;
        }
        return known;
    }

    /**
     * The inbounds of a plan: one, or two where a port is forwarded for TCP and UDP.
     *
     * @param scope ends the watch over certificates
     * @throws StartException where a certificate cannot be used
     */
    List<Inbound> make(InboundPlan plan, InboundUsers users, Scope scope) throws StartException {
        if (plan.config() instanceof InboundConfig.Proxy proxy) {
            return List.of(new ListenerInbound(settings(plan, users.asked(), tls(proxy.name(), proxy.tls(), scope)),
                    protocol(proxy, plan), context));
        }
        if (plan.config() instanceof InboundConfig.AnyTls anyTls) {
            return List.of(anyTls(anyTls, plan, ((AnyTlsInboundUsers) users).asked(), scope));
        }
        if (plan.config() instanceof InboundConfig.Rudp rudp) {
            return List.of(rudp(rudp, plan));
        }
        return forward((InboundConfig.Forward) plan.config(), plan, scope);
    }

    /** On every loop, where early data does not forbid it. The key is the machine's: made at the first start, and kept. */
    private Inbound rudp(InboundConfig.Rudp config, InboundPlan plan) throws StartException {
        Path file = stateDirectory.resolve("rudp").resolve("server.key");
        try {
            RudpConfig endpoint = config.options().applyTo(RudpConfig.builder()).secret(config.secret().reveal())
                    .key(RudpServer.keyOf(file)).maxStreams(config.streams())
                    .sockets(config.options().earlyData() ? 1 : context.loops().all().size())
                    .statistics(observers.rudp().apply("inbound", config.name())).build();
            return new RudpInbound(settings(plan, Users.NONE, null),
                    new SocksOptions(filter(config.udpFilter()), plan.timeouts().udpIdle(), plan.timeouts().dnsIdle()), endpoint,
                    context);
        } catch (IOException e) {
            throw new StartException("inbound '" + config.name() + "': the key " + file + " cannot be kept: " + Reasons.of(e),
                    e);
        }
    }

    /** Lets a listener go on by another plan that has {@linkplain InboundPlan#sameListener the same listener}. */
    void renew(ListenerInbound running, InboundPlan plan, InboundUsers users) {
        running.use(settings(plan, users.asked(), running.settings().tls()), protocol((InboundConfig.Proxy) plan.config(), plan));
    }

    private Inbound anyTls(InboundConfig.AnyTls config, InboundPlan plan, AnyTlsUsers users, Scope scope) throws StartException {
        SiteConfig site = config.fallback();
        ListenTls tls = config.tls();
        if (tls != null && tls.alpn().isEmpty() && site != null) { // what a web server without HTTP/2 agrees on
            tls = new ListenTls(tls.certificate(), tls.key(), List.of("http/1.1"), tls.clientCa());
        }
        ServerSessionOptions session = new ServerSessionOptions(scheme(config.paddingScheme()), config.streams(),
                ServerSessionOptions.DEFAULT.answerWithin());
        AnyTlsServerOptions options = AnyTlsServerOptions.DEFAULT.withAuthentication(config.authentication()).withSession(session)
                .withUdp(filter(config.udpFilter()), plan.timeouts().udpIdle(), plan.timeouts().dnsIdle())
                .withFallback(site == null ? null : fallback(config.name(), site, tls == null ? List.of() : tls.alpn()));
        ServerTls made = tls(config.name(), tls, scope);
        if (made != null && tls != null && tls.certificate() != null) {
            log.info("inbound '{}' has a certificate with the pin {}", config.name(), made.pin());
        }
        return new ListenerInbound(settings(plan, users, made), new AnyTlsProtocol(context, users, options, observers.anytls()),
                context);
    }

    private static PaddingScheme scheme(@Nullable String text) {
        try {
            return text == null ? PaddingScheme.DEFAULT : PaddingScheme.parse(text.getBytes(StandardCharsets.UTF_8));
        } catch (ProtocolException e) {
            throw new IllegalStateException("the configuration was checked", e);
        }
    }

    /** A site that speaks TLS is offered what the client has agreed on with us. */
    private FallbackSite fallback(String name, SiteConfig site, List<String> alpn) throws StartException {
        Map<String, ClientTls> tls = new HashMap<>();
        try {
            if (site.tls()) {
                ClientTlsOptions options = ClientTlsOptions.DEFAULT.withInsecure(site.insecure()).withServerName(site.sni());
                tls.put("", ClientTls.create(options));
                for (String protocol : alpn) {
                    tls.put(protocol, ClientTls.create(options.withAlpn(List.of(protocol))));
                }
            }
        } catch (TlsConfigException e) {
            throw new StartException("inbound '" + name + "': " + e.getMessage(), e);
        }
        return new FallbackSite(site.site(), tls, direct);
    }

    private static SocksOptions.UdpFilter filter(InboundConfig.UdpFilter filter) {
        return switch (filter) {
            case ADDRESS -> SocksOptions.UdpFilter.ADDRESS;
            case NONE -> SocksOptions.UdpFilter.NONE;
        };
    }

    private List<Inbound> forward(InboundConfig.Forward forward, InboundPlan plan, Scope scope) throws StartException {
        List<Inbound> inbounds = new ArrayList<>();
        ListenerSettings settings = settings(plan, Users.NONE, tls(forward.name(), forward.tls(), scope));
        if (forward.networks().contains(Network.TCP)) {
            inbounds.add(new ListenerInbound(settings, new ForwardProtocol(context.dispatcher(), forward.to()), context));
        }
        if (forward.networks().contains(Network.UDP)) {
            Destination to = new Destination(Network.UDP, forward.to().host(), forward.to().port());
            Duration idle = to.port() == 53 ? plan.timeouts().dnsIdle() : plan.timeouts().udpIdle();
            inbounds.add(new UdpForwardInbound(new UdpForwardSettings(forward.name(), settings.listen(), to, settings.allowFrom(),
                    settings.policy(), UdpForwardSettings.FLOWS, idle), context));
        }
        return inbounds;
    }

    private ListenerSettings settings(InboundPlan plan, Users users, @Nullable ServerTls tls) {
        InboundConfig.Listening listening = plan.config().listening();
        List<InetSocketAddress> addresses = listening.addresses().stream().map(a -> a.value()).toList();
        AccessList allowFrom = listening.allowFrom().isEmpty() ? AccessList.ANY : AccessList.parse(listening.allowFrom());
        AccessList headers = listening.proxyProtocolFrom().isEmpty()
                ? AccessList.NONE
                : AccessList.parse(listening.proxyProtocolFrom());
        return new ListenerSettings(listening.name(), addresses, tls, users, allowFrom, headers,
                new Policy(mayReachPrivate(plan.config()), plan.limits().rate()), limits(plan, listening.limits() == null),
                plan.timeouts().handshake());
    }

    /** Clients of a loopback listener may, and those who use a target that the operator wrote himself. */
    private static boolean mayReachPrivate(InboundConfig config) {
        if (config instanceof InboundConfig.Proxy proxy) {
            Boolean told = proxy.allowPrivate();
            return told == null ? proxy.listening().loopback() : told;
        }
        if (config instanceof InboundConfig.AnyTls anyTls) {
            Boolean told = anyTls.allowPrivate();
            return told == null ? anyTls.listening().loopback() : told;
        }
        if (config instanceof InboundConfig.Rudp rudp) {
            Boolean told = rudp.allowPrivate();
            return told == null ? rudp.listening().loopback() : told;
        }
        return true;
    }

    private ClientProtocol protocol(InboundConfig.Proxy proxy, InboundPlan plan) {
        Timeouts timeouts = plan.timeouts();
        ClientProtocol socks = new SocksProtocol(context,
                new SocksOptions(filter(proxy.udpFilter()), timeouts.udpIdle(), timeouts.dnsIdle()));
        return switch (proxy.protocol()) {
            case SOCKS -> socks;
            case HTTP -> http(plan);
            case MIXED -> new MixedProtocol(http(plan), socks);
        };
    }

    /** Inbounds with the same limits share an engine, and with it the connections to origins. */
    private ClientProtocol http(InboundPlan plan) {
        Timeouts t = plan.timeouts();
        HttpLimits d = HttpLimits.DEFAULT;
        HttpLimits http = new HttpLimits(Math.min(d.requestLine(), plan.limits().headerBytes()), plan.limits().headerBytes(),
                d.fields(),
                t.handshake(), t.httpBody(), t.httpResponse(), t.httpIdle(), t.write(), d.drain(), d.linger(), d.originIdle(),
                d.originIdlePerKey(),
                d.originIdleTotal());
        return new HttpProtocol(engines.computeIfAbsent(http, limits -> new HttpEngine(engineScope, limits)),
                context.dispatcher());
    }

    /** Inbounds without limits of their own count together. */
    private ConnectionLimits limits(InboundPlan plan, boolean common) {
        Limits l = plan.limits();
        return common
                ? shared.computeIfAbsent(l, key -> new ConnectionLimits(key.connections(), key.perSource()))
                : new ConnectionLimits(l.connections(), l.perSource());
    }

    private @Nullable ServerTls tls(String name, @Nullable ListenTls config, Scope scope) throws StartException {
        if (config == null) {
            return null;
        }
        try {
            Path certificate = config.certificate();
            Path key = config.key();
            ServerTlsOptions options = new ServerTlsOptions(config.alpn(), config.clientCa());
            ServerTls tls = certificate != null && key != null
                    ? ServerTls.fromFiles(certificate, key, options)
                    : ServerTls.selfSigned(stateDirectory.resolve("keys"), name, options);
            if (certificate == null) {
                log.info("inbound '{}' has a self-signed certificate with the pin {}", name, tls.pin());
            }
            tls.reloadWithin(scope);
            return tls;
        } catch (TlsConfigException e) {
            throw new StartException("inbound '" + name + "': " + e.getMessage(), e);
        }
    }
}
