package dev.sluice.proxy.group;

import dev.sluice.core.Outbound;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One member of a group. Any thread.
 *
 * @param outbound what it is
 * @param ownFailures whether a silent target speaks against it: not where it dials targets itself
 * @param health whether it works
 * @param live connections and flows that run through it, or are on their way
 */
public record Member(Outbound outbound, boolean ownFailures, MemberHealth health, AtomicInteger live) {
    @Override
    public String toString() {
        return outbound.name();
    }
}
