package dev.sluice.core;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * Names and addresses together: what a rule set holds.
 *
 * @param domains the names
 * @param addresses the blocks of addresses
 */
public record HostSet(DomainSet domains, AddressSet addresses) {

    /** The set without a host. */
    public static final HostSet EMPTY = new HostSet(DomainSet.EMPTY, AddressSet.EMPTY);

    /** Whether the name, where there is one, or the address, where there is one, is in the set. */
    public boolean contains(@Nullable String name, @Nullable InetAddress address) {
        return (name != null && domains.contains(name)) || (address != null && addresses.contains(address));
    }

    /** How many names and blocks it has. */
    public int size() {
        return domains.size() + addresses.size();
    }

    @Override
    public String toString() {
        return domains + ", " + addresses;
    }
}
