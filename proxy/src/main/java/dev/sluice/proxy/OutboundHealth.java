package dev.sluice.proxy;

import java.time.Duration;

/**
 * How one member of a {@code failover} or {@code balance} does: a moment's picture, for metrics and the admin listener.
 *
 * @param group the name of the failover or balance
 * @param member the name of the member
 * @param healthy whether it is picked in the ordinary course; false while it rests, and until it has worked again
 * @param failures failures of its own in a row
 * @param rest how much longer it rests; zero where it does not
 * @param live connections that run through it now
 */
public record OutboundHealth(String group, String member, boolean healthy, int failures, Duration rest, int live) {}
