package dev.sluice.net;

import dev.sluice.core.Network;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The addresses that this program listens on, so that no proxy connects to itself or to the admin port. {@link Listener} and
 * {@link UdpSocket#listen} enter themselves. Any thread; an immutable snapshot swapped whole.
 */
public final class OwnAddresses {
    /** How old the list of this machine's addresses may be: they change by DHCP and by hand. */
    private static final Duration FRESH = Duration.ofSeconds(5);

    private record Listening(Network network, InetSocketAddress address) {}

    private record Machine(Set<InetAddress> addresses, long readNanos) {}

    private final AtomicReference<List<Listening>> listening = new AtomicReference<>(List.of());
    private final AtomicReference<Machine> machine;
    private final Supplier<Set<InetAddress>> interfaces;

    /** Nothing listens yet. */
    public OwnAddresses() {
        this(OwnAddresses::interfaceAddresses);
    }

    OwnAddresses(Supplier<Set<InetAddress>> interfaces) {
        this.interfaces = interfaces;
        this.machine = new AtomicReference<>(new Machine(Set.of(), System.nanoTime() - 2 * FRESH.toNanos()));
    }

    /** A listener is bound. */
    public void add(Network network, InetSocketAddress address) {
        Listening one = new Listening(network, address);
        listening.updateAndGet(old -> {
            List<Listening> more = new ArrayList<>(old);
            more.add(one);
            return List.copyOf(more);
        });
    }

    /** A listener is gone. */
    public void remove(Network network, InetSocketAddress address) {
        Listening one = new Listening(network, address);
        listening.updateAndGet(old -> {
            List<Listening> fewer = new ArrayList<>(old);
            fewer.remove(one);
            return List.copyOf(fewer);
        });
    }

    /**
     * Whether traffic to {@code target} would come back to this program: a listener on that port, on that very address or on a
     * wildcard where the address is one of this machine's. The unspecified address as a target means this machine, as the system
     * takes it.
     */
    public boolean contains(Network network, InetSocketAddress target) {
        InetAddress address = target.getAddress();
        if (address == null) {
            return false;
        }
        for (Listening one : listening.get()) {
            if (one.network == network && one.address.getPort() == target.getPort()
                    && reaches(one.address.getAddress(), address)) {
                return true;
            }
        }
        return false;
    }

    private boolean reaches(InetAddress listener, InetAddress target) {
        if (listener.isAnyLocalAddress()) {
            return target.isAnyLocalAddress() || target.isLoopbackAddress() || isThisMachine(target);
        }
        return target.isAnyLocalAddress() ? listener.isLoopbackAddress() : sameBits(listener).equals(sameBits(target));
    }

    private boolean isThisMachine(InetAddress address) {
        return machine().addresses.contains(sameBits(address));
    }

    /** Asked only for a target on the port of one of our wildcard listeners, which is rare: so it is read then, not by a timer. */
    private Machine machine() {
        Machine known = machine.get();
        if (System.nanoTime() - known.readNanos <= FRESH.toNanos()) {
            return known;
        }
        Machine read = new Machine(
                interfaces.get().stream().map(OwnAddresses::sameBits).collect(Collectors.toUnmodifiableSet()),
                System.nanoTime());
        machine.set(read);
        return read;
    }

    /** Without the zone: {@code fe80::1%eth0} and {@code fe80::1} are one address here. */
    private static InetAddress sameBits(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return address;
        }
        try {
            return InetAddress.getByAddress(address.getAddress());
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of 16 bytes is legal", e);
        }
    }

    private static Set<InetAddress> interfaceAddresses() {
        try {
            return NetworkInterface.networkInterfaces().flatMap(NetworkInterface::inetAddresses).collect(Collectors.toSet());
        } catch (SocketException e) {
            return Set.of(); // no interface can be read: loopback is still known
        }
    }
}
