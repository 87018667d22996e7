package dev.sluice.core;

import java.net.Inet6Address;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * The host of a {@link Destination}: a name that is still to be resolved, or an address.
 *
 * <p><b>Names.</b> Letters, digits, hyphens and underscores in labels of 1 to 63 octets, 253 octets in all (RFC 1035 §2.3.4);
 * underscores are no host names by the letter of RFC 1123, but they are out there. Other scripts are turned into A-labels
 * (RFC 5891). A trailing dot is dropped.
 *
 * <p><b>Addresses.</b> IPv4 is four decimal numbers without leading zeros. A name whose last label looks like a number
 * ({@code 127.1}, {@code 0x7f000001}, {@code 2130706433}) is refused, as the WHATWG URL standard does: some resolvers take these
 * for addresses, and a rule or the check for private addresses would have seen a name. IPv6 is any form of RFC 4291 §2.2, with or
 * without brackets; link-local, site-local and multicast addresses may have a zone (RFC 4007 §11; within brackets also written
 * {@code %25zone}, RFC 6874), and a zone by name must be an interface of this machine.
 *
 * <p>Nothing here asks a resolver. Immutable; any thread.
 */
public sealed interface Host permits Host.Name, Host.Address {

    /**
     * A domain name in its canonical form: lower case, A-labels (RFC 5891), without a trailing dot.
     *
     * @param value 1 to 253 octets of ASCII
     */
    record Name(String value) implements Host {

        /**
         * Brings the name into its canonical form.
         *
         * @throws InvalidDestinationException where it is no name; also where it looks like an address
         */
        public Name {
            value = HostNames.canonicalName(value);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Name name && value.equals(name.value);
        }

        @Override
        public int hashCode() {
            return value.hashCode();
        }

        @Override
        public String toString() {
            return value;
        }
    }

    /**
     * An IP address, with its zone where an IPv6 address has one (RFC 4007 §11). An IPv4-mapped IPv6 address is held as the
     * IPv4 address that it names. Two are equal when address and zone are.
     */
    record Address(InetAddress value) implements Host {

        /** Takes the IPv4 address out of an IPv4-mapped one. */
        public Address {
            value = Addresses.unmapped(value);
        }

        private int zone() {
            return value instanceof Inet6Address six ? six.getScopeId() : 0;
        }

        /** {@code InetAddress} takes {@code fe80::1%1} and {@code fe80::1%2} for equal; they are two machines. */
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Address a && value.equals(a.value) && zone() == a.zone();
        }

        @Override
        public int hashCode() {
            return 31 * value.hashCode() + zone();
        }

        /** The address in text, IPv6 compressed as in RFC 5952, without brackets, with {@code %zone} where there is one. */
        @Override
        public String toString() {
            return Addresses.print(value);
        }
    }

    /**
     * Reads a host in any of the forms above. It never asks a resolver.
     *
     * @throws InvalidDestinationException where it is neither a name nor an address; the message says why
     */
    static Host parse(String text) {
        return HostNames.parse(text);
    }

    /** An address as a host. */
    static Host of(InetAddress address) {
        return new Address(address);
    }
}
