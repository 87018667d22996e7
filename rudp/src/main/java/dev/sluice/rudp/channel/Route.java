package dev.sluice.rudp.channel;

import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.nio.channels.DatagramChannel;

/**
 * What the system knows of the way to a peer: asked by connecting a UDP socket, which sends nothing and does not wait. A few system calls,
 * so not for each packet. Any thread.
 */
final class Route {
    private Route() {}

    /**
     * Our address towards {@code peer}: that of {@code from}, or what the system would use where that is the wildcard.
     *
     * @throws NoRouteToHostException where the system knows no way from there to the peer
     */
    static InetAddress localAddress(InetSocketAddress from, InetSocketAddress peer) throws NoRouteToHostException {
        boolean any = from.getAddress().isAnyLocalAddress();
        if (!any && from.getAddress() instanceof Inet6Address != peer.getAddress() instanceof Inet6Address) {
            throw none(from, peer, "one is of IPv4, the other of IPv6");
        }
        try (DatagramChannel probe = DatagramChannel.open()) {
            if (!any) {
                probe.bind(new InetSocketAddress(from.getAddress(), 0));
            }
            connect(probe, from, peer);
            return any ? ((InetSocketAddress) probe.getLocalAddress()).getAddress() : from.getAddress();
        } catch (NoRouteToHostException e) {
            throw e;
        } catch (IOException e) {
            return from.getAddress(); // no descriptor or no port is left: it says nothing of the way
        }
    }

    private static void connect(DatagramChannel probe, InetSocketAddress from, InetSocketAddress peer)
            throws NoRouteToHostException {
        try {
            probe.connect(peer);
        } catch (IOException e) {
            NoRouteToHostException none = none(from, peer, String.valueOf(e.getMessage()));
            none.initCause(e);
            throw none;
        }
    }

    private static NoRouteToHostException none(InetSocketAddress from, InetSocketAddress peer, String why) {
        String start = from.getAddress().isAnyLocalAddress() ? "" : " from " + NetUtil.toAddressString(from.getAddress());
        return new NoRouteToHostException("no way" + start + " to " + NetUtil.toSocketAddressString(peer) + ": " + why);
    }
}
