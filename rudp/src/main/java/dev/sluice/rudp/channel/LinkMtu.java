package dev.sluice.rudp.channel;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The largest UDP payload that this host's own interfaces carry, which is where a search for the path's MTU ends (RFC 8899 §5.1.2,
 * MAX_PLPMTU): much on loopback, 1452 bytes where Ethernet is all there is, more where an interface has jumbo frames. Read once: an
 * interface that comes later is searched up to what was there before.
 */
public final class LinkMtu {
    /** IPv6 and UDP without extensions. */
    private static final int HEADERS = 40 + 8;
    private static final int ETHERNET = 1500;
    private static final Logger log = LoggerFactory.getLogger(LinkMtu.class);

    private final int loopback;
    private final int others;

    private LinkMtu(int loopback, int others) {
        this.loopback = loopback;
        this.others = others;
    }

    /** Those of this host. */
    public static LinkMtu ofHost() {
        return Host.MTU;
    }

    /** Bytes of payload to this peer; any thread. */
    public int payload(InetSocketAddress peer) {
        InetAddress address = peer.getAddress();
        return address != null && address.isLoopbackAddress() ? loopback : others;
    }

    private static LinkMtu read() {
        int loopback = ETHERNET;
        int others = ETHERNET;
        try {
            for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
                if (each.isUp() && each.isLoopback()) {
                    loopback = Math.max(loopback, each.getMTU());
                } else if (each.isUp()) {
                    others = Math.max(others, each.getMTU());
                }
            }
        } catch (IOException e) {
            log.debug("no MTU of interfaces: {}", e.toString());
        }
        return new LinkMtu(loopback - HEADERS, others - HEADERS);
    }

    /** Read when first asked for. */
    private static final class Host {
        static final LinkMtu MTU = read();
    }
}
