package dev.sluice.proxy;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Destination;
import dev.sluice.core.ProtocolException;
import dev.sluice.net.EndWatch;
import dev.sluice.net.UdpSocket;
import dev.sluice.proxy.InboundObserver.PacketDrop;
import dev.sluice.proxy.SocksOptions.UdpFilter;
import dev.sluice.proxy.socks.SocksAddress;
import dev.sluice.proxy.socks.SocksServerHandshake;
import dev.sluice.proxy.socks.SocksUdp;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One UDP association (RFC 1928 §7): a socket for the client, beside the TCP connection that asked for it and ends it, and one flow
 * to the outbound.
 *
 * <p>The whole association is routed by its first target, as sing-box routes a packet connection: one flow has one outbound, so a
 * peer sees one address of ours, which is what games and calls rely on.
 *
 * <p>Belongs to the client's loop.
 */
final class SocksAssociation {
    private final ClientSession session;
    private final InboundContext context;
    private final SocksOptions options;
    private final @Nullable String user;
    private final InetAddress clientAddress;
    private int clientPort; // 0 until it is known
    private final UdpFilterTable sentTo;
    private @Nullable UdpSocket socket;
    private @Nullable OutboundFlow flow;
    private long lastPacketNanos = System.nanoTime();

    private SocksAssociation(ClientSession session, InboundContext context, SocksOptions options, @Nullable String user,
            SocksAddress announced) {
        this.session = session;
        this.context = context;
        this.options = options;
        this.user = user;
        // What the client announces can only narrow: an address of its own, not anybody else's.
        this.clientAddress = session.source().getAddress();
        this.clientPort = announced.port();
        this.sentTo = new UdpFilterTable(options.idle(), options.dnsIdle());
    }

    /** Binds a socket on the address that the client reached us at, and tells the client. Its TCP channel has no handler now. */
    static void open(ClientSession session, InboundContext context, SocksOptions options, @Nullable String user,
            SocksAddress announced, SocksServerHandshake handshake) {
        SocksAssociation association = new SocksAssociation(session, context, options, user, announced);
        session.asked();
        EndWatch watch = EndWatch.install(session.channel(), association::end);
        UdpSocket.open(context.loops(), session.scope(), new InetSocketAddress(session.local().getAddress(), 0),
                association::fromClient).addListener((Future<UdpSocket> f) -> association.opened(f, handshake, watch));
    }

    private void opened(Future<UdpSocket> f, SocksServerHandshake handshake, EndWatch watch) {
        if (!session.scope().isOpen()) {
            return;
        }
        Channel channel = session.channel();
        if (!f.isSuccess()) {
            channel.pipeline().remove(watch);
            LingeringClose.after(session, handshake.failed(Failure.INTERNAL),
                    CloseReason.of(Kind.OVERLOAD, Side.SELF, "no socket for an association"));
            return;
        }
        socket = f.getNow();
        channel.writeAndFlush(Unpooled.wrappedBuffer(handshake.succeeded(SocksClient.address(f.getNow().address()))));
        checkIdle();
    }

    /** One timer, that sleeps for as long as nothing can have expired. */
    private void checkIdle() {
        long left = options.idle().toNanos() - (System.nanoTime() - lastPacketNanos);
        if (left <= 0) {
            session.scope().close(CloseReason.of(Kind.IDLE, Side.SELF, "association idle for " + options.idle()));
            return;
        }
        Future<?> timer = session.loop().schedule(this::checkIdle, left, TimeUnit.NANOSECONDS);
        idleTimer(timer);
    }

    private @Nullable Future<?> idle;

    private void idleTimer(Future<?> timer) {
        if (idle == null) {
            session.scope().closing().addListener(f -> {
                if (idle != null) {
                    idle.cancel(false);
                }
            });
        }
        idle = timer;
    }

    // Packets.

    private void fromClient(InetSocketAddress sender, ByteBuf datagram) {
        try {
            Destination target = accept(sender, datagram);
            if (target != null) {
                send(target, datagram.retain());
            }
        } finally {
            datagram.release();
        }
    }

    /** The target, with the payload left to read; null where the datagram must be dropped. */
    private @Nullable Destination accept(InetSocketAddress sender, ByteBuf datagram) {
        if (!sender.getAddress().equals(clientAddress) || (clientPort != 0 && sender.getPort() != clientPort)) {
            return drop(PacketDrop.FOREIGN);
        }
        if (datagram.readableBytes() > 3 && datagram.getByte(datagram.readerIndex() + 2) != 0) {
            return drop(PacketDrop.FRAGMENT);
        }
        try {
            Destination target = SocksUdp.readHeader(datagram);
            if (!Throttle.mayReceive(session.channel(), datagram.readableBytes())) {
                return drop(PacketDrop.RATE);
            }
            clientPort = sender.getPort(); // the first good packet decides
            return target;
        } catch (ProtocolException e) {
            return drop(PacketDrop.MALFORMED);
        }
    }

    private @Nullable Destination drop(PacketDrop cause) {
        context.observer().dropped(session.inbound(), cause);
        return null;
    }

    private void send(Destination target, ByteBuf payload) {
        lastPacketNanos = System.nanoTime();
        sentTo.sent(target, lastPacketNanos);
        OutboundFlow out = flow;
        if (out == null) {
            out = OutboundFlow.open(context.dispatcher(), context.observer(), session.connection(target, user), "SOCKS5 UDP",
                    this::toClient);
            flow = out;
        }
        out.send(target, payload);
        out.flush();
    }

    private void toClient(Destination source, ByteBuf payload) {
        UdpSocket to = socket;
        if (to == null || !session.scope().isOpen()) {
            payload.release();
            return;
        }
        long now = System.nanoTime();
        if (options.filter() == UdpFilter.ADDRESS && !sentTo.lets(source, Objects.requireNonNull(flow)::resolvedTo, now)) {
            payload.release();
            drop(PacketDrop.FILTERED);
            return;
        }
        if (!Throttle.maySend(session.channel(), payload.readableBytes())) {
            payload.release();
            drop(PacketDrop.RATE);
            return;
        }
        lastPacketNanos = now;
        ByteBuf header = session.channel().alloc().ioBuffer(SocksUdp.headerLength(source));
        SocksUdp.writeHeader(header, source);
        ByteBuf datagram = session.channel().alloc().compositeBuffer(2).addComponents(true, header, payload);
        if (!to.send(new InetSocketAddress(clientAddress, clientPort), datagram)) {
            drop(PacketDrop.QUEUE);
        }
        to.flush();
    }

    /** The TCP connection has ended, and with it the association: that is how it ends in order (RFC 1928 §7). */
    private void end() {
        session.scope().close(CloseReason.of(Kind.FINISHED, Side.CLIENT, "association ended"));
    }
}
