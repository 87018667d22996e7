package dev.sluice.proxy;

import dev.sluice.proxy.InboundObserver.Refusal;
import java.net.InetAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * How many clients there may be at once, in total and from one source. One for a listener, or one shared by several. Any thread:
 * taking a slot and giving it back are one atomic step each.
 *
 * <p>A source is an IPv4 address, or the /64 network of an IPv6 address: one subscriber has that many addresses.
 */
public final class ConnectionLimits {
    private final int total;
    private final int perSource;
    private final AtomicInteger all = new AtomicInteger();
    private final ConcurrentHashMap<SourceKey, Integer> sources = new ConcurrentHashMap<>();

    /**
     * The limits; 0 for none.
     *
     * @param total of all sources
     * @param perSource of one source
     */
    public ConnectionLimits(int total, int perSource) {
        this.total = total;
        this.perSource = perSource;
    }

    /** No limits. */
    public static ConnectionLimits none() {
        return new ConnectionLimits(0, 0);
    }

    /** Takes one of all slots; {@link #leave()} gives it back. */
    boolean enter() {
        if (total > 0 && all.incrementAndGet() > total) {
            all.decrementAndGet();
            return false;
        }
        return true;
    }

    /** Gives back what {@link #enter()} took. */
    void leave() {
        if (total > 0) {
            all.decrementAndGet();
        }
    }

    /** Takes one of the slots of {@code source}; {@link #leave(InetAddress)} gives it back. */
    boolean enter(InetAddress source) {
        if (perSource == 0) {
            return true;
        }
        // One step: the count never rises above the limit, and a key is gone with its last connection.
        boolean[] entered = new boolean[1];
        sources.compute(SourceKey.of(source), (key, count) -> {
            int now = count == null ? 0 : count;
            entered[0] = now < perSource;
            return entered[0] ? Integer.valueOf(now + 1) : count;
        });
        return entered[0];
    }

    /** Gives back what {@link #enter(InetAddress)} took. */
    void leave(InetAddress source) {
        if (perSource > 0) {
            sources.computeIfPresent(SourceKey.of(source), (key, count) -> count == 1 ? null : count - 1);
        }
    }

    /** Sources with a connection now. */
    int sources() {
        return sources.size();
    }

    /** Both limits at once, for a client whose source is known: null, or why not. */
    @Nullable
    Refusal enterBoth(InetAddress source) {
        if (!enter()) {
            return Refusal.TOTAL_LIMIT;
        }
        if (!enter(source)) {
            leave();
            return Refusal.SOURCE_LIMIT;
        }
        return null;
    }
}
