package dev.sluice.core;

import java.util.concurrent.atomic.AtomicReference;

/**
 * A named set of hosts that rules refer to, and that may be replaced while they run: its file has changed.
 *
 * <p>Any thread. A decision that is being taken sees the old hosts or the new ones, never a mixture.
 */
public final class RuleSet {
    private final String name;
    private final AtomicReference<HostSet> hosts;

    /** A rule set that begins with {@code hosts}. */
    public RuleSet(String name, HostSet hosts) {
        this.name = name;
        this.hosts = new AtomicReference<>(hosts);
    }

    /** The name by which rules know it. */
    public String name() {
        return name;
    }

    /** What it holds now. */
    public HostSet hosts() {
        return hosts.get();
    }

    /** Takes other hosts from now on. */
    public void replace(HostSet next) {
        hosts.set(next);
    }

    @Override
    public String toString() {
        return name + " (" + hosts() + ")";
    }
}
