package dev.sluice.proxy;

import dev.sluice.core.Outbound;
import dev.sluice.proxy.group.Selection;
import io.netty.util.concurrent.Ticker;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** Spreads connections over those of its members that work, by a {@link Strategy}. */
public final class BalanceOutbound extends OutboundGroup {

    /** How the member of a connection is picked. */
    public enum Strategy {
        /** The one with the fewest live connections. */
        LEAST_CONNECTIONS,
        /** The less busy of two picked at random. */
        RANDOM_OF_TWO,
        /** Always the same one for the same source address, whatever becomes of the others. */
        HASH_BY_SOURCE
    }

    private final Strategy strategy;

    /** At least one member. */
    public BalanceOutbound(String name, List<Outbound> members, Strategy strategy, HealthCheck check) {
        this(name, members, strategy, check, Ticker.systemTicker(), ThreadLocalRandom::current);
    }

    /** With a clock and dice of the caller's. */
    BalanceOutbound(String name, List<Outbound> members, Strategy strategy, HealthCheck check, Ticker ticker,
            Supplier<RandomGenerator> random) {
        super(name, members, check, selection(strategy), ticker, random);
        this.strategy = strategy;
    }

    @Override
    public boolean perClient() {
        return strategy == Strategy.HASH_BY_SOURCE || super.perClient();
    }

    private static Selection selection(Strategy strategy) {
        return switch (strategy) {
            case LEAST_CONNECTIONS -> Selection::leastConnections;
            case RANDOM_OF_TWO -> Selection::randomOfTwo;
            case HASH_BY_SOURCE -> Selection::hashBySource;
        };
    }
}
