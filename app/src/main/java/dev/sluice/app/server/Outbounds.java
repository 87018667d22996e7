package dev.sluice.app.server;

import dev.sluice.app.config.Config;
import dev.sluice.app.config.DialTls;
import dev.sluice.app.config.OutboundConfig;
import dev.sluice.app.config.Placed;
import dev.sluice.app.config.Secret;
import dev.sluice.core.Outbound;
import dev.sluice.net.ClientTls;
import dev.sluice.net.ClientTlsOptions;
import dev.sluice.net.Dialer;
import dev.sluice.net.TlsConfigException;
import dev.sluice.proxy.BalanceOutbound;
import dev.sluice.proxy.BlockOutbound;
import dev.sluice.proxy.Credentials;
import dev.sluice.proxy.DirectOutbound;
import dev.sluice.proxy.FailoverOutbound;
import dev.sluice.proxy.HealthCheck;
import dev.sluice.proxy.HttpOutbound;
import dev.sluice.proxy.OutboundGroup;
import dev.sluice.proxy.ProxyHeader;
import dev.sluice.proxy.SocksOutbound;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The outbounds of a configuration, made of their declarations: members and hops first. The configuration has no circles. */
final class Outbounds {
    private static final Logger log = LoggerFactory.getLogger(Outbounds.class);

    private final Map<String, OutboundConfig> declared = new LinkedHashMap<>();
    private final Map<String, Outbound> built = new HashMap<>();
    private final Function<@Nullable InetAddress, Dialer> dialers;
    private final AnyTlsOutbounds sessions;
    private final RudpOutbounds rudp;

    /** {@code dialers} gives the dialer for a source address, null for any. */
    private Outbounds(Config config, AnyTlsOutbounds sessions, RudpOutbounds rudp,
            Function<@Nullable InetAddress, Dialer> dialers) {
        this.sessions = sessions;
        this.rudp = rudp;
        this.dialers = dialers;
        config.outbounds().forEach(o -> declared.put(o.name(), o));
    }

    /**
     * Builds all.
     *
     * @throws StartException where a file that one of them needs cannot be used
     */
    static Outbounds build(Config config, AnyTlsOutbounds sessions, RudpOutbounds rudp,
            Function<@Nullable InetAddress, Dialer> dialers)
            throws StartException {
        Outbounds outbounds = new Outbounds(config, sessions, rudp, dialers);
        for (OutboundConfig each : config.outbounds()) {
            outbounds.get(each.name());
        }
        return outbounds;
    }

    /** The outbound of that name, declared or built in. */
    Outbound get(String name) throws StartException {
        Outbound known = built.get(name);
        if (known == null) {
            OutboundConfig config = declared.get(name);
            known = config != null
                    ? make(config)
                    : name.equals("block") ? new BlockOutbound(name) : new DirectOutbound(name, dialer(null));
            built.put(name, known);
        }
        return known;
    }

    /** Those that keep sessions. */
    AnyTlsOutbounds sessions() {
        return sessions;
    }

    /** Those that keep connections of reliable UDP. */
    RudpOutbounds rudp() {
        return rudp;
    }

    /** The names of all that are in use. */
    Set<String> names() {
        return Set.copyOf(built.keySet());
    }

    /** Those that keep account of their members, and may probe them. */
    List<OutboundGroup> groups() {
        List<OutboundGroup> groups = new ArrayList<>();
        built.values().forEach(o -> {
            if (o instanceof OutboundGroup group) {
                groups.add(group);
            }
        });
        return groups;
    }

    private Outbound make(OutboundConfig config) throws StartException {
        return switch (config) {
            case OutboundConfig.Direct d -> new DirectOutbound(d.name(), dialer(d.source()), header(d.proxyProtocol()));
            case OutboundConfig.Block b -> new BlockOutbound(b.name());
            case OutboundConfig.Proxy p -> proxy(p);
            case OutboundConfig.AnyTls a -> anyTls(a);
            case OutboundConfig.Rudp r -> rudp.make(r);
            case OutboundConfig.Group g -> group(g);
        };
    }

    private Outbound proxy(OutboundConfig.Proxy p) throws StartException {
        Placed<String> hop = p.via();
        Outbound via = get(hop == null ? "direct" : hop.value());
        Credentials credentials = credentials(p.user(), p.password());
        if (p.protocol() == OutboundConfig.Protocol.SOCKS) {
            return new SocksOutbound(p.name(), p.server(), credentials, via);
        }
        return new HttpOutbound(p.name(), p.server(), credentials, via, tls(p.name(), p.tls()));
    }

    private Outbound anyTls(OutboundConfig.AnyTls a) throws StartException {
        Placed<String> hop = a.via();
        Outbound via = get(hop == null ? "direct" : hop.value());
        if (a.tls().insecure() && a.tls().pin() == null) {
            log.warn(
                    "outbound '{}' trusts any certificate: whoever stands in between reads and changes everything; better pin it",
                    a.name());
        }
        return sessions.make(a, Objects.requireNonNull(tls(a.name(), a.tls())), via);
    }

    private Outbound group(OutboundConfig.Group g) throws StartException {
        List<Outbound> members = new ArrayList<>();
        for (Placed<String> member : g.members()) {
            members.add(get(member.value()));
        }
        OutboundConfig.Probe p = g.probe();
        HealthCheck check = p == null
                ? HealthCheck.DEFAULT
                : HealthCheck.DEFAULT.with(new HealthCheck.Probe(p.target(), p.path(), p.interval(), p.timeout()));
        OutboundConfig.Strategy strategy = g.strategy();
        return strategy == null
                ? new FailoverOutbound(g.name(), members, check)
                : new BalanceOutbound(g.name(), members, strategy(strategy), check);
    }

    private Dialer dialer(@Nullable InetAddress source) {
        return Objects.requireNonNull(dialers.apply(source));
    }

    private static @Nullable Credentials credentials(@Nullable String user, @Nullable Secret password) {
        return user == null || password == null ? null : new Credentials(user, password.reveal());
    }

    private static @Nullable ClientTls tls(String name, @Nullable DialTls tls) throws StartException {
        if (tls == null) {
            return null;
        }
        try {
            return ClientTls.create(ClientTlsOptions.DEFAULT.withCa(tls.authorities()).withPin(tls.pin())
                    .withInsecure(tls.insecure()).withServerName(tls.sni()).withAlpn(tls.alpn())
                    .withCertificate(tls.certificate(), tls.key()));
        } catch (TlsConfigException e) {
            throw new StartException("outbound '" + name + "': " + e.getMessage(), e);
        }
    }

    private static ProxyHeader header(OutboundConfig.ProxyProtocol version) {
        return switch (version) {
            case NONE -> ProxyHeader.NONE;
            case V1 -> ProxyHeader.V1;
            case V2 -> ProxyHeader.V2;
        };
    }

    private static BalanceOutbound.Strategy strategy(OutboundConfig.Strategy strategy) {
        return switch (strategy) {
            case LEAST_CONNECTIONS -> BalanceOutbound.Strategy.LEAST_CONNECTIONS;
            case RANDOM -> BalanceOutbound.Strategy.RANDOM_OF_TWO;
            case SOURCE_HASH -> BalanceOutbound.Strategy.HASH_BY_SOURCE;
        };
    }
}
