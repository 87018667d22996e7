package dev.sluice.proxy;

import dev.sluice.core.Destination;
import dev.sluice.core.Host;
import java.net.InetAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Whom the user of an association has sent to, and so whose replies he gets: address-dependent filtering (RFC 4787 §5). An entry
 * lives as long as a flow may be idle; beyond {@link #MOST} entries the oldest goes.
 *
 * <p>A name stands for an address that only the flow knows: where it says so, replies with the port that the name was used with
 * are let in, too.
 *
 * <p>Belongs to one loop.
 */
public final class UdpFilterTable {
    static final int MOST = 1024;

    private final long idleNanos;
    private final long dnsIdleNanos;
    private final Map<Object, Long> until = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Object, Long> eldest) {
            return size() > MOST;
        }
    };

    /** A key for names: replies from this port. */
    private record NamedPort(int port) {}

    /** An empty table; entries to port 53 live for {@code dnsIdle}. */
    public UdpFilterTable(Duration idle, Duration dnsIdle) {
        this.idleNanos = idle.toNanos();
        this.dnsIdleNanos = dnsIdle.toNanos();
    }

    /** The user has sent to {@code target}. */
    public void sent(Destination target, long now) {
        long end = now + (target.port() == 53 ? dnsIdleNanos : idleNanos);
        Object key = target.host() instanceof Host.Name ? new NamedPort(target.port()) : target.host();
        until.merge(key, end, (was, is) -> was - is > 0 ? was : is);
    }

    /**
     * Whether a reply of {@code source} is let in.
     *
     * @param resolvedTo whether packets to a name have gone to an address
     */
    public boolean lets(Destination source, Predicate<InetAddress> resolvedTo, long now) {
        return alive(until.get(source.host()), now) || (alive(until.get(new NamedPort(source.port())), now)
                && (source.address() == null || resolvedTo.test(source.address())));
    }

    private static boolean alive(@Nullable Long end, long now) {
        return end != null && end - now >= 0;
    }

    int size() {
        return until.size();
    }
}
