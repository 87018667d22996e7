package dev.sluice.core;

/**
 * What a connection may do, decided where it came in and carried along to where it goes out.
 *
 * @param allowPrivate whether it may reach loopback, link-local, private and metadata addresses; checked on the address that is
 *     really dialled, after resolution
 * @param bytesPerSecond limit of each direction, 0 for none
 */
public record Policy(boolean allowPrivate, long bytesPerSecond) {

    /** No limit: for targets that the operator wrote himself, and for listeners that only this machine can reach. */
    public static final Policy OPEN = new Policy(true, 0);

    /** Public targets only. */
    public static final Policy PUBLIC_ONLY = new Policy(false, 0);

    /** The same policy with the right to reach private addresses: for hops that the operator wrote himself. */
    public Policy trusted() {
        return allowPrivate ? this : new Policy(true, bytesPerSecond);
    }
}
