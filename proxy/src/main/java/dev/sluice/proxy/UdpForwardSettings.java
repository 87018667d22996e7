package dev.sluice.proxy;

import dev.sluice.core.Destination;
import dev.sluice.core.Policy;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * A UDP port to a fixed destination.
 *
 * @param name the inbound's name in rules, counters and logs
 * @param listen the addresses, resolved; port 0 lets the system choose
 * @param target where every packet goes
 * @param allowFrom the sources that may send
 * @param policy what its flows may do
 * @param flows how many there may be at once; the one that is idle for longest makes room
 * @param idle a flow without a packet for so long ends
 */
public record UdpForwardSettings(String name, List<InetSocketAddress> listen, Destination target, AccessList allowFrom,
        Policy policy, int flows, Duration idle) {
    /** How many flows there may be unless the configuration says otherwise. */
    public static final int FLOWS = 4096;

    /** Copies the list. */
    public UdpForwardSettings {
        listen = List.copyOf(listen);
    }

    /** Open to everybody; idle 5 minutes, 15 seconds where the target's port is 53; trusted, as the operator wrote the target. */
    public static UdpForwardSettings of(String name, InetSocketAddress listen, Destination target) {
        Duration idle = target.port() == 53 ? Duration.ofSeconds(15) : Duration.ofMinutes(5);
        return new UdpForwardSettings(name, List.of(listen), target, AccessList.ANY, Policy.OPEN, FLOWS, idle);
    }
}
