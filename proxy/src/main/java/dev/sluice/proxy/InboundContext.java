package dev.sluice.proxy;

import dev.sluice.core.ConnectionTable;
import dev.sluice.net.Dispatcher;
import dev.sluice.net.EventLoops;
import dev.sluice.net.OwnAddresses;

/**
 * What every inbound of the program shares.
 *
 * @param loops where clients are served
 * @param own told of what is listened on
 * @param dispatcher the one path
 * @param table where connections are shown and counted
 * @param observer counts what happens at the door
 */
public record InboundContext(EventLoops loops, OwnAddresses own, Dispatcher dispatcher, ConnectionTable table,
        InboundObserver observer) {}
