package dev.sluice.proxy;

import dev.sluice.core.Outbound;
import dev.sluice.proxy.group.Selection;
import io.netty.util.concurrent.Ticker;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** The first of its members that works. */
public final class FailoverOutbound extends OutboundGroup {

    /** Members in the order of preference; at least one. */
    public FailoverOutbound(String name, List<Outbound> members, HealthCheck check) {
        this(name, members, check, Ticker.systemTicker(), ThreadLocalRandom::current);
    }

    /** With a clock and dice of the caller's. */
    FailoverOutbound(String name, List<Outbound> members, HealthCheck check, Ticker ticker, Supplier<RandomGenerator> random) {
        super(name, members, check, Selection::first, ticker, random);
    }
}
