package dev.sluice.proxy;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * What counts as one source: an IPv4 address, or the /64 network of an IPv6 address.
 *
 * @param v6 which of both
 * @param bits the address, or the network's first half
 */
record SourceKey(boolean v6, long bits) {

    static SourceKey of(InetAddress address) {
        ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
        return address instanceof Inet4Address ? new SourceKey(false, bytes.getInt()) : new SourceKey(true, bytes.getLong());
    }
}
