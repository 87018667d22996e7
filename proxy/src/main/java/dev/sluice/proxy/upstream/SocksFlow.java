package dev.sluice.proxy.upstream;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Connection;
import dev.sluice.core.Destination;
import dev.sluice.core.Host;
import dev.sluice.core.Network;
import dev.sluice.core.PacketChannel;
import dev.sluice.core.Policy;
import dev.sluice.core.ProtocolException;
import dev.sluice.net.EndWatch;
import dev.sluice.proxy.socks.SocksAddress;
import dev.sluice.proxy.socks.SocksUdp;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A packet flow through a SOCKS5 relay (RFC 1928 §7): a flow to the relay, below it, and the control stream that keeps it alive.
 * When one ends, so does the other.
 *
 * <p>Belongs to the loop of the flow below; the control stream may live on another one.
 */
public final class SocksFlow implements PacketChannel {
    private final Channel control;
    private final PacketChannel below;
    private final Destination relay;
    private final Policy policy;
    private @Nullable Receiver receiver;
    private long dropped; // of ours; the flow below counts its own

    private SocksFlow(Channel control, PacketChannel below, Destination relay, Policy policy) {
        this.control = control;
        this.below = below;
        this.relay = relay;
        this.policy = policy;
    }

    /**
     * Asks {@code proxy} for an association; the packets to its relay go the way that the control stream has gone.
     *
     * @param server the host of the server that the control stream really reached
     * @return done on the connection's loop; fails with a {@link ConnectFailedException}; cancelling it cancels the work
     */
    public static Future<PacketChannel> open(NextProxy proxy, Connection connection, Supplier<Dialogue<SocksAddress>> dialogue,
            Function<Channel, Host> server) {
        Promise<PacketChannel> promise = connection.loop().newPromise();
        Future<Control> control = proxy.reach(connection, dialogue, Control::new);
        promise.addListener(f -> control.cancel(false));
        control.addListener(f -> {
            if (!control.isSuccess()) {
                promise.tryFailure(control.cause());
                return;
            }
            Channel stream = control.getNow().stream;
            promise.addListener(p -> {
                if (!p.isSuccess()) {
                    stream.close();
                }
            });
            try {
                Destination relay = relay(control.getNow(), server.apply(stream));
                associate(proxy, connection, stream, relay, promise);
            } catch (ConnectFailedException e) {
                promise.tryFailure(e);
            }
        });
        return promise;
    }

    private static void associate(NextProxy proxy, Connection connection, Channel control, Destination relay,
            Promise<PacketChannel> promise) {
        Future<PacketChannel> below = proxy.via().associate(connection.to(relay, connection.policy().trusted()));
        promise.addListener(f -> below.cancel(false));
        below.addListener(f -> {
            if (!below.isSuccess()) {
                promise.tryFailure(proxy.failed(below.cause()));
                return;
            }
            SocksFlow flow = new SocksFlow(control, below.getNow(), relay, connection.policy());
            if (promise.trySuccess(flow)) {
                flow.start();
            } else {
                below.getNow().close(CloseReason.cancelled("nobody waits for the association"));
            }
        });
    }

    /** Ties the two lives together and begins to receive. On the loop of the flow below. */
    private void start() {
        below.receive(this::fromRelay);
        below.closed().addListener(f -> control.close());
        control.closeFuture()
                .addListener(f -> below.close(CloseReason.of(Kind.PEER_CLOSED, Side.TARGET, "SOCKS proxy ended it")));
        if (control.eventLoop().inEventLoop()) {
            watch();
        } else {
            control.eventLoop().execute(this::watch);
        }
    }

    private void watch() {
        EndWatch.install(control, control::close);
    }

    @Override
    public void receive(Receiver next) {
        if (receiver != null) {
            throw new IllegalStateException("there is a receiver already");
        }
        receiver = next;
    }

    private void fromRelay(Destination source, ByteBuf datagram) {
        Receiver to = receiver;
        if (to == null || source.port() != relay.port() || (relay.host() instanceof Host.Address && !source.equals(relay))) {
            drop(datagram);
            return;
        }
        Destination peer;
        try {
            peer = SocksUdp.readHeader(datagram);
        } catch (ProtocolException e) {
            drop(datagram);
            return;
        }
        to.received(peer, datagram);
    }

    @Override
    public boolean send(Destination target, ByteBuf payload) {
        if (!FarTargets.allowed(policy, target.host())) {
            drop(payload);
            return false;
        }
        // Copied: a datagram is small, and one buffer is cheaper to send than two.
        ByteBuf datagram = ByteBufAllocator.DEFAULT.directBuffer(SocksUdp.headerLength(target) + payload.readableBytes());
        try {
            SocksUdp.writeHeader(datagram, target);
            datagram.writeBytes(payload);
        } finally {
            payload.release();
        }
        return below.send(relay, datagram);
    }

    private void drop(ByteBuf packet) {
        packet.release();
        dropped++;
    }

    @Override
    public void flush() {
        below.flush();
    }

    @Override
    public long dropped() {
        return dropped + below.dropped();
    }

    @Override
    public void close(CloseReason reason) {
        below.close(reason);
    }

    @Override
    public Future<CloseReason> closed() {
        return below.closed();
    }

    /** Where a reply's bound address leads: an unspecified one means the server's own, as all clients read it. */
    private static Destination relay(Control control, Host server) throws ConnectFailedException {
        SocksAddress bound = control.bound;
        if (bound.port() == 0) {
            throw new ConnectFailedException(Failure.UPSTREAM_UNREACHABLE, "the SOCKS proxy offers a UDP relay on port 0", null);
        }
        boolean own = bound.host() instanceof Host.Address a && a.value().isAnyLocalAddress();
        return new Destination(Network.UDP, own ? server : bound.host(), bound.port());
    }

    private record Control(Channel stream, SocksAddress bound) {}

    /** For logs. */
    @Override
    public String toString() {
        return "SocksFlow(" + relay + ")";
    }
}
