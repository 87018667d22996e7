package dev.sluice.rudp.protocol;

/**
 * Finds the largest datagram that a path carries (RFC 8899): first what Ethernet carries, then the largest allowed, then by halving; a
 * probe that is lost three times is too large. Large packets that stop getting through where small ones do are a black hole: back to the smallest, and search again.
 */
final class MtuDiscovery {
    private static final int BASE = ConnectionConfig.MIN_PACKET;
    /** 1500 bytes without the headers of IPv6 and UDP: what most paths carry. */
    private static final int ETHERNET = 1452;
    private static final int CLOSE_ENOUGH = 20;
    private static final int MAX_PROBES = 3;
    private static final int SUSPICIOUS = 3;
    private static final long RAISE_AFTER = 600_000_000_000L;
    private static final long SEARCH_AGAIN_AFTER = 5_000_000_000L;

    private final int limit;
    private final boolean enabled;
    private int current = BASE;
    private int tooLarge;
    private int probing;
    private int probesLost;
    private long nextSearch;
    private int suspicions;
    private long largestAcked = -1;
    private long suspectedAt = Long.MIN_VALUE;

    MtuDiscovery(int limit, boolean enabled) {
        this.limit = limit;
        this.enabled = enabled && limit > BASE;
        tooLarge = limit + 1;
    }

    /** Bytes of the largest datagram that is known to get through. */
    int current() {
        return current;
    }

    /** The size of a probe to be sent now, or 0. */
    int probeSize(long now) {
        if (!enabled || probing != 0 || now < nextSearch) {
            return 0;
        }
        if (nextSearch != 0) {
            nextSearch = 0;
            tooLarge = limit + 1;
        }
        if (current < ETHERNET && ETHERNET < Math.min(limit, tooLarge)) {
            return ETHERNET;
        }
        if (tooLarge == limit + 1) {
            return current < limit ? limit : rest(now);
        }
        return tooLarge - current <= CLOSE_ENOUGH ? rest(now) : (current + tooLarge) / 2;
    }

    private int rest(long now) {
        nextSearch = now + RAISE_AFTER;
        return 0;
    }

    void onProbeSent(int size) {
        probing = size;
    }

    /** Returns whether larger datagrams may be used now. */
    boolean onProbeAcked(int size) {
        if (size == probing) {
            probing = 0;
        }
        probesLost = 0;
        suspicions = 0;
        if (size > current && size < tooLarge) {
            current = size;
            return true;
        }
        return false;
    }

    void onProbeLost(int size) {
        if (size != probing) {
            return;
        }
        probing = 0;
        if (++probesLost >= MAX_PROBES) {
            probesLost = 0;
            tooLarge = size;
        }
    }

    /**
     * A packet got through. Returns whether larger datagrams may be used now: a black hole was none if what was sent before it was found
     * arrives after all. So it is where a thousand connections begin at once, and the first round trip takes a hundred times as long
     * as those before.
     */
    boolean onAcked(long number, int size) {
        if (size > BASE) {
            suspicions = 0;
            largestAcked = Math.max(largestAcked, number);
        }
        if (size <= current || size > limit || size == probing) {
            return false;
        }
        current = size;
        tooLarge = limit + 1;
        nextSearch = 0;
        return true;
    }

    /**
     * A packet was lost, or a probe time-out found it missing. Returns whether this is a black hole now. A loss of which a later packet
     * of more than the smallest size did get through says nothing about sizes.
     */
    boolean onLost(long now, long number, int size) {
        if (size <= BASE || current == BASE || now == suspectedAt || number < largestAcked) {
            return false;
        }
        suspectedAt = now;
        if (++suspicions < SUSPICIOUS) {
            return false;
        }
        suspicions = 0;
        current = BASE;
        tooLarge = limit + 1;
        probing = 0;
        nextSearch = now + SEARCH_AGAIN_AFTER;
        return true;
    }
}
