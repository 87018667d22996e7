package dev.sluice.core;

import java.net.InetAddress;

/**
 * The host of a {@link Destination}: a name that is still to be resolved, or an address.
 *
 * <p>Immutable; any thread.
 */
public sealed interface Host permits Host.Name, Host.Address {

    /**
     * A domain name in its canonical form: lower case, A-labels (RFC 5891), without a trailing dot.
     *
     * @param value 1 to 253 octets of ASCII
     */
    record Name(String value) implements Host {
        @Override
        public String toString() {
            return value;
        }
    }

    /**
     * An IP address, with its zone where an IPv6 address has one (RFC 4007 §11). An IPv4-mapped IPv6 address is held as the
     * IPv4 address that it names.
     */
    record Address(InetAddress value) implements Host {
        /** The address in text, IPv6 compressed as in RFC 5952, without brackets, with {@code %zone} where there is one. */
        @Override
        public String toString() {
            return Addresses.print(value);
        }
    }
}
