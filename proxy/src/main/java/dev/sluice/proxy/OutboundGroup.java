package dev.sluice.proxy;

import dev.sluice.core.Outbound;
import dev.sluice.core.Scope;
import io.netty.channel.EventLoop;
import java.util.List;

/** An outbound that spreads connections over other outbounds, its members, and keeps account of their health. */
public sealed interface OutboundGroup extends Outbound permits FailoverOutbound, BalanceOutbound {

    /**
     * Starts the active probe, where there is one, on {@code loop}; it ends with {@code server}. Called once, after the
     * configuration has been taken over.
     */
    void start(Scope server, EventLoop loop);

    /** How the members do. Any thread. */
    List<OutboundHealth> health();
}
