package dev.sluice.proxy;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.Destination;
import dev.sluice.net.ReadHold;
import dev.sluice.proxy.InboundObserver.PacketDrop;
import dev.sluice.proxy.SocksOptions.UdpFilter;
import dev.sluice.proxy.rudp.RudpAnswer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The server's end of a packet flow of reliable UDP: one stream of a client, its datagrams, and one flow to the outbound. It is routed by
 * its first packet, as a SOCKS association is.
 *
 * <p>Belongs to the connection's loop.
 */
final class RudpAssociation implements RudpPackets.Receiver {
    private static final String WHAT = "rudp UDP";
    private static final int DNS = 53;

    private final ClientSession session;
    private final InboundContext context;
    private final SocksOptions options;
    private final RudpPackets packets;
    private final UdpFilterTable sentTo;
    private Duration idle;
    private @Nullable OutboundFlow flow;
    private @Nullable ScheduledFuture<?> idleTimer;
    private long lastPacketNanos = System.nanoTime();

    private RudpAssociation(ClientSession session, InboundContext context, SocksOptions options, RudpFlows flows, int number) {
        this.session = session;
        this.context = context;
        this.options = options;
        this.idle = options.idle();
        this.packets = new RudpPackets(flows, number, Side.CLIENT, this);
        this.sentTo = new UdpFilterTable(options.idle(), options.dnsIdle());
    }

    /** Serves the flow; its stream has a hold. Says no where the client uses the number already. */
    static void serve(ClientSession session, InboundContext context, SocksOptions options, RudpFlows flows, int number) {
        RudpAssociation association = new RudpAssociation(session, context, options, flows, number);
        session.asked();
        if (!flows.enter(number, association.packets)) {
            session.refuse(InboundObserver.Refusal.PROTOCOL,
                    CloseReason.of(Kind.PROTOCOL, Side.CLIENT, "flow " + number + " is there already"));
            return;
        }
        association.begin();
    }

    private void begin() {
        packets.useDatagrams();
        session.scope().closing().addListener(f -> {
            if (idleTimer != null) {
                idleTimer.cancel(false);
            }
        });
        session.channel().writeAndFlush(Unpooled.wrappedBuffer(new byte[]{RudpAnswer.OK}));
        checkIdle();
        ReadHold.release(session.channel(), pipeline -> pipeline.addLast("packets", packets));
        session.channel().read();
    }

    /** One timer, that sleeps for as long as nothing can have expired. */
    private void checkIdle() {
        long left = idle.toNanos() - (System.nanoTime() - lastPacketNanos);
        if (left <= 0) {
            session.scope().close(CloseReason.of(Kind.IDLE, Side.SELF, "association idle for " + idle));
        } else if (session.scope().isOpen()) {
            idleTimer = session.loop().schedule(this::checkIdle, left, TimeUnit.NANOSECONDS);
        }
    }

    @Override
    public void received(@Nullable Destination peer, ByteBuf payload) {
        Destination target = Objects.requireNonNull(peer, "every packet of rudp names its target");
        lastPacketNanos = System.nanoTime();
        sentTo.sent(target, lastPacketNanos);
        OutboundFlow out = flow == null ? open(target) : flow;
        out.send(target, payload);
        out.flush();
    }

    private OutboundFlow open(Destination first) {
        if (first.port() == DNS) {
            idle = options.dnsIdle();
        }
        OutboundFlow out = OutboundFlow.open(context.dispatcher(), context.observer(), session.connection(first, null), WHAT,
                this::toClient);
        flow = out;
        return out;
    }

    private void toClient(Destination source, ByteBuf payload) {
        long now = System.nanoTime();
        if (options.filter() == UdpFilter.ADDRESS && !sentTo.lets(source, Objects.requireNonNull(flow)::resolvedTo, now)) {
            payload.release();
            context.observer().dropped(session.inbound(), PacketDrop.FILTERED);
            return;
        }
        lastPacketNanos = now;
        if (!packets.send(source, payload)) {
            context.observer().dropped(session.inbound(), PacketDrop.QUEUE);
        }
    }

    @Override
    public void malformed() {
        context.observer().dropped(session.inbound(), PacketDrop.MALFORMED);
    }

    @Override
    public void ended(CloseReason reason) {
        session.scope().close(reason);
    }
}
