package dev.sluice.net;

import dev.sluice.core.CloseReason;
import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Connection;
import dev.sluice.core.Destination;
import dev.sluice.core.Host;
import dev.sluice.core.Network;
import dev.sluice.core.PacketChannel;
import dev.sluice.core.Scope;
import dev.sluice.net.NameResolver.Answer;
import dev.sluice.net.dial.Family;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A packet flow over UDP sockets of its own: one that speaks both families, or one for each where source addresses are
 * configured.
 *
 * <p>A name keeps the address that it was first resolved to for as long as the flow lives, because packets of one conversation
 * must reach one host; IPv4 is preferred, because nothing tells a UDP flow that its packets go nowhere. Packets wait, a few of
 * them, while their name is looked up.
 *
 * <p>Belongs to the connection's loop.
 */
final class UdpFlow implements PacketChannel {
    /** Targets whose verdict is remembered, and names whose address is. */
    private static final int TARGETS = 64;
    /** Packets that wait for one name. */
    private static final int WAITING = 16;

    /** Insertion goes on at the young end, the target unused for longest leaves at the other. */
    private static final class Recent<K, V> extends LinkedHashMap<K, V> {
        private Recent() {
            super(4, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > TARGETS;
        }
    }

    private final Scope scope;
    private final NameResolver resolver;
    private final TargetGuard guard;
    private final Map<Family, UdpSocket> sockets = new EnumMap<>(Family.class);
    private final Map<InetSocketAddress, Boolean> verdicts = new Recent<>();
    private final Map<String, InetAddress> names = new Recent<>();
    private final Map<String, PendingName> pending = new LinkedHashMap<>(2);
    private @Nullable Receiver receiver;
    private long dropped;

    private UdpFlow(Connection connection, NameResolver resolver, OwnAddresses own) {
        this.scope = connection.scope().child("udp flow");
        this.resolver = resolver;
        this.guard = new TargetGuard(own, Network.UDP, connection.policy());
    }

    static void open(EventLoops loops, Connection connection, NameResolver resolver, OwnAddresses own, DialOptions options,
            Promise<PacketChannel> promise) {
        UdpFlow flow = new UdpFlow(connection, resolver, own);
        promise.addListener(f -> {
            if (!f.isSuccess()) {
                flow.close(CloseReason.cancelled("not opened"));
            }
        });
        Inet4Address source4 = options.source4();
        Inet6Address source6 = options.source6();
        if (source4 == null && source6 == null) {
            flow.bind(loops, new InetSocketAddress(0), promise, Family.values());
        } else if (source6 == null) {
            flow.bind(loops, new InetSocketAddress(source4, 0), promise, Family.IPV4);
        } else if (source4 == null) {
            flow.bind(loops, new InetSocketAddress(source6, 0), promise, Family.IPV6);
        } else {
            Promise<PacketChannel> first = connection.loop().newPromise();
            first.addListener(f -> {
                if (f.isSuccess()) {
                    flow.bind(loops, new InetSocketAddress(source6, 0), promise, Family.IPV6);
                } else {
                    promise.tryFailure(f.cause());
                }
            });
            flow.bind(loops, new InetSocketAddress(source4, 0), first, Family.IPV4);
        }
    }

    private void bind(EventLoops loops, InetSocketAddress address, Promise<PacketChannel> promise, Family... families) {
        UdpSocket.open(loops, scope, address, this::received).addListener((Future<UdpSocket> f) -> {
            if (f.isSuccess()) {
                for (Family family : families) {
                    sockets.put(family, f.getNow());
                }
                promise.trySuccess(this);
            } else {
                Failure failure = scope.isOpen() ? Failure.LIMIT : Failure.CANCELLED;
                promise.tryFailure(new ConnectFailedException(failure, "opening a UDP socket: " + f.cause().getMessage(),
                        f.cause()));
            }
        });
    }

    @Override
    public void receive(Receiver next) {
        if (receiver != null) {
            throw new IllegalStateException("a receiver is set already");
        }
        receiver = next;
    }

    private void received(InetSocketAddress sender, ByteBuf payload) {
        if (receiver == null) {
            payload.release();
            dropped++;
        } else {
            receiver.received(Destination.of(Network.UDP, sender), payload);
        }
    }

    @Override
    public boolean send(Destination target, ByteBuf payload) {
        return switch (target.host()) {
            case Host.Address a -> send(new InetSocketAddress(a.value(), target.port()), payload);
            case Host.Name n -> send(n.value(), target.port(), payload);
        };
    }

    private boolean send(String name, int port, ByteBuf payload) {
        InetAddress known = names.get(name);
        if (known != null) {
            return send(new InetSocketAddress(known, port), payload);
        }
        PendingName wait = pending.get(name);
        if (wait == null) {
            if (pending.size() >= TARGETS || !scope.isOpen()) {
                return drop(payload);
            }
            wait = new PendingName(name);
            pending.put(name, wait);
            wait.packets.add(new Packet(port, payload));
            wait.ask();
            return true;
        }
        if (wait.packets.size() >= WAITING) {
            return drop(payload);
        }
        wait.packets.add(new Packet(port, payload));
        return true;
    }

    private boolean send(InetSocketAddress target, ByteBuf payload) {
        UdpSocket socket = sockets.get(Family.of(target.getAddress()));
        if (socket == null || !scope.isOpen() || !mayReach(target)) {
            return drop(payload);
        }
        return socket.send(target, payload);
    }

    private boolean mayReach(InetSocketAddress target) {
        return verdicts.computeIfAbsent(target, t -> guard.refuses(t.getAddress(), t.getPort()) == null);
    }

    private boolean drop(ByteBuf payload) {
        payload.release();
        dropped++;
        return false;
    }

    @Override
    public void flush() {
        sockets.values().forEach(UdpSocket::flush);
    }

    @Override
    public boolean resolvedTo(InetAddress address) {
        return names.containsValue(address);
    }

    @Override
    public long dropped() {
        long total = dropped;
        UdpSocket before = null;
        for (UdpSocket socket : sockets.values()) {
            if (!socket.equals(before)) { // one socket may stand for both families
                total += socket.dropped();
            }
            before = socket;
        }
        return total;
    }

    @Override
    public void close(CloseReason reason) {
        scope.close(reason);
    }

    @Override
    public Future<CloseReason> closed() {
        return scope.closed();
    }

    private record Packet(int port, ByteBuf payload) {}

    /** A name that is being looked up, and the packets that wait for it. */
    private final class PendingName {
        private final String name;
        private final ArrayDeque<Packet> packets = new ArrayDeque<>(2);
        private final Map<Family, Answer> answers = new EnumMap<>(Family.class);
        private Scope.@Nullable Ownership ownership;

        private PendingName(String name) {
            this.name = name;
        }

        private void ask() {
            Map<Family, Future<Answer>> lookups = new EnumMap<>(Family.class);
            for (Family family : Family.values()) {
                lookups.put(family, resolver.resolve(name, family));
            }
            ownership = scope.own(why -> {
                lookups.values().forEach(l -> l.cancel(false));
                end(null);
                return null;
            });
            lookups.forEach((family, lookup) -> lookup.addListener((Future<Answer> f) -> {
                if (f.isSuccess()) {
                    answers.put(family, f.getNow());
                    decide();
                }
            }));
        }

        /** The first usable address, IPv4 before IPv6. */
        private void decide() {
            for (Family family : new Family[]{Family.IPV4, Family.IPV6}) {
                switch (answers.get(family)) {
                    case Answer.Found found -> {
                        end(usable(found));
                        return;
                    }
                    case Answer.Missing m -> {
                    }
                    case null -> {
                        return; // its answer is still to come
                    }
                }
            }
            end(null);
        }

        private InetAddress usable(Answer.Found found) {
            int port = packets.isEmpty() ? 0 : packets.getFirst().port;
            for (InetAddress address : found.addresses()) {
                if (sockets.containsKey(Family.of(address)) && guard.refuses(address, port) == null) {
                    return address;
                }
            }
            return found.addresses().getFirst(); // refused for each packet, and counted
        }

        private void end(@Nullable InetAddress address) {
            if (!pending.remove(name, this)) {
                return;
            }
            if (ownership != null) {
                ownership.release();
            }
            if (address != null) {
                names.put(name, address);
            }
            for (Packet packet = packets.poll(); packet != null; packet = packets.poll()) {
                if (address == null) {
                    drop(packet.payload);
                } else {
                    send(new InetSocketAddress(address, packet.port), packet.payload);
                }
            }
            flush();
        }
    }
}
