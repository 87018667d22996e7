package dev.sluice.rudp.protocol;

import java.net.InetSocketAddress;

/**
 * Where datagrams go and come from: a socket of this end and an address of the other.
 *
 * @param socket number that the endpoint gave its local socket; a new local address has a new number
 * @param remote resolved address of the peer
 */
public record NetworkPath(int socket, InetSocketAddress remote) {
    /** Whether only the peer's port differs: a rebinding of its NAT, behind which the route is the same. */
    boolean differsInPortOnly(NetworkPath other) {
        return isOfHost(other) && !equals(other);
    }

    /** Whether the peer's host is the same, by the same socket of ours. */
    boolean isOfHost(NetworkPath other) {
        return socket == other.socket && remote.getAddress().equals(other.remote.getAddress());
    }
}
