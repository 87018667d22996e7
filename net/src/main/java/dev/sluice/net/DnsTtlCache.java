package dev.sluice.net;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.resolver.dns.DnsCache;
import io.netty.resolver.dns.DnsCacheEntry;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the DNS servers said about one family of addresses. Unlike Netty's own cache it is bounded (clients choose the names that
 * fill it; the one asked for longest ago goes), and keeps no timer for each name.
 *
 * <p>Belongs to one event loop.
 */
final class DnsTtlCache implements DnsCache {
    private static final int NAMES = 4096;
    private static final int ADDRESSES_PER_NAME = 32;
    private static final Duration MIN_TTL = Duration.ofSeconds(1);
    private static final Duration MAX_TTL = Duration.ofHours(1);
    private static final Duration NEGATIVE_TTL = Duration.ofSeconds(10);

    private record Entry(@Nullable InetAddress address, @Nullable Throwable cause) implements DnsCacheEntry {}

    private static final class Known {
        private final List<Entry> entries = new ArrayList<>(4);
        private long end;
    }

    private final LongSupplier nanoTime;
    private final Map<String, Known> names = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
            return size() > NAMES;
        }
    };

    DnsTtlCache(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    @Override
    public @Nullable List<? extends DnsCacheEntry> get(String name, DnsRecord[] additionals) {
        Known known = fresh(name);
        return known == null ? null : List.copyOf(known.entries);
    }

    @Override
    public DnsCacheEntry cache(String name, DnsRecord[] additionals, InetAddress address, long ttlSeconds, EventLoop loop) {
        Entry entry = new Entry(address, null);
        long end = nanoTime.getAsLong()
                + Math.clamp(Duration.ofSeconds(ttlSeconds).toNanos(), MIN_TTL.toNanos(), MAX_TTL.toNanos());
        Known known = fresh(name);
        if (known == null || known.entries.getFirst().cause != null) {
            known = new Known();
            known.end = end;
            names.put(key(name), known);
        }
        if (!known.entries.contains(entry) && known.entries.size() < ADDRESSES_PER_NAME) {
            known.entries.add(entry);
            known.end = end - known.end < 0 ? end : known.end; // the shortest of the answer
        }
        return entry;
    }

    @Override
    public DnsCacheEntry cache(String name, DnsRecord[] additionals, Throwable cause, EventLoop loop) {
        return missing(name, cause);
    }

    /** The name has no such address, as a server says: remembered for a short while. */
    DnsCacheEntry missing(String name, Throwable cause) {
        Entry entry = new Entry(null, cause);
        Known known = new Known();
        known.entries.add(entry);
        known.end = nanoTime.getAsLong() + NEGATIVE_TTL.toNanos();
        names.put(key(name), known);
        return entry;
    }

    private @Nullable Known fresh(String name) {
        Known known = names.get(key(name));
        if (known != null && known.end - nanoTime.getAsLong() <= 0) {
            names.remove(key(name));
            return null;
        }
        return known;
    }

    private static String key(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }

    int size() {
        return names.size();
    }

    @Override
    public void clear() {
        names.clear();
    }

    @Override
    public boolean clear(String name) {
        return names.remove(key(name)) != null;
    }
}
