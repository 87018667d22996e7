package dev.sluice.app.server;

import dev.sluice.app.config.Config;
import dev.sluice.app.config.InboundConfig;
import dev.sluice.app.config.Limits;
import dev.sluice.app.config.Timeouts;
import dev.sluice.app.config.UserConfig;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * An inbound with everything that it takes from the rest of the file. Two plans that are equal make the same inbound: then a
 * reload leaves the one that runs alone. Its users are kept apart, because they can be exchanged while it runs.
 *
 * @param config as declared
 * @param limits its own, or those of the program
 * @param timeouts those of the program
 */
record InboundPlan(InboundConfig config, Limits limits, Timeouts timeouts) {

    /** Equal where the inbound is: it does not ask for the times of dials, tunnels and the shutdown. */
    @Override
    public boolean equals(Object other) {
        return other instanceof InboundPlan p && config.equals(p.config) && limits.equals(p.limits)
                && times().equals(p.times());
    }

    @Override
    public int hashCode() {
        return config.hashCode();
    }

    private List<Duration> times() {
        return List.of(timeouts.handshake(), timeouts.write(), timeouts.httpIdle(), timeouts.httpBody(), timeouts.httpResponse(),
                timeouts.udpIdle(), timeouts.dnsIdle());
    }

    /** Whether the listener of this one can go on as the other, with other settings for the clients to come. */
    boolean sameListener(InboundPlan other) {
        return config instanceof InboundConfig.Proxy mine && other.config instanceof InboundConfig.Proxy p
                && mine.name().equals(p.name()) && mine.listening().addresses().equals(p.listening().addresses())
                && Objects.equals(mine.tls(), p.tls());
    }

    /** The plan of one inbound of {@code all}. */
    static InboundPlan of(InboundConfig config, Config all) {
        Limits own = config.listening().limits();
        return new InboundPlan(withoutUsers(config), own == null ? all.limits() : own, all.timeouts());
    }

    private static InboundConfig withoutUsers(InboundConfig config) {
        if (config instanceof InboundConfig.Proxy p) {
            return new InboundConfig.Proxy(p.protocol(), p.listening(), List.of(), p.allowPrivate(), p.tls(), p.udpFilter());
        }
        if (config instanceof InboundConfig.AnyTls a) {
            return new InboundConfig.AnyTls(a.listening(), List.of(), a.allowPrivate(), a.tls(), a.udpFilter(),
                    a.authentication(),
                    a.streams(), a.paddingScheme(), a.fallback());
        }
        return config;
    }

    /** Who may use {@code config}: nobody has to say who he is where the list is empty. */
    static List<UserConfig> users(InboundConfig config, Config all) {
        if (config instanceof InboundConfig.Proxy proxy) {
            return UserConfig.resolve(proxy.users(), all.users());
        }
        return config instanceof InboundConfig.AnyTls anyTls ? UserConfig.resolve(anyTls.users(), all.users()) : List.of();
    }

    /** Whether the two cannot listen at the same time. */
    boolean collides(InboundPlan other) {
        Set<InetSocketAddress> mine = new HashSet<>();
        config.listening().addresses().forEach(a -> mine.add(a.value()));
        return other.config.listening().addresses().stream().anyMatch(a -> a.value().getPort() != 0 && mine.contains(a.value()));
    }
}
