package dev.sluice.anytls;

import dev.sluice.anytls.uot.UotDatagrams;
import dev.sluice.anytls.uot.UotRequest;
import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.Connection;
import dev.sluice.core.Destination;
import dev.sluice.core.Network;
import dev.sluice.net.ReadHold;
import dev.sluice.proxy.InboundObserver.PacketDrop;
import dev.sluice.proxy.OutboundFlow;
import dev.sluice.proxy.SocksOptions.UdpFilter;
import dev.sluice.proxy.StreamPackets;
import dev.sluice.proxy.UdpFilterTable;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The server's end of UDP over TCP: one stream of a client, and one flow to the outbound. It is routed by its first target, as a
 * SOCKS association is.
 *
 * <p>The client is answered at once, before there is a flow: what it can hear of a failure is the end of the stream.
 *
 * <p>Belongs to the session's loop.
 */
final class UotAssociation implements StreamPackets.Receiver {
    private static final String WHAT = "AnyTLS UDP";
    private static final int DNS = 53;

    private final ServerClient client;
    private final AnyTlsStream stream;
    private final UotPackets packets;
    private final UdpFilterTable sentTo;
    private final @Nullable Destination only;
    private Duration idle;
    private @Nullable OutboundFlow flow;
    private @Nullable Connection connection;
    private @Nullable ScheduledFuture<?> idleTimer;
    private long lastPacketNanos = System.nanoTime();

    private UotAssociation(ServerClient client, AnyTlsStream stream, UotDatagrams datagrams, @Nullable Destination only) {
        AnyTlsServerOptions options = client.protocol().options();
        this.client = client;
        this.stream = stream;
        this.only = only;
        this.idle = options.udpIdle();
        this.packets = new UotPackets(datagrams, Side.CLIENT, this);
        this.sentTo = new UdpFilterTable(options.udpIdle(), options.dnsIdle());
    }

    /**
     * An association as {@code request} has it; null where version 1 is spoken, which has none.
     *
     * @throws dev.sluice.core.InvalidDestinationException where the only target is none
     */
    static UotAssociation of(ServerClient client, AnyTlsStream stream, @Nullable UotRequest request) {
        if (request != null && request.connect()) {
            Destination only = request.target().to(Network.UDP);
            return new UotAssociation(client, stream, UotDatagrams.connected(only), only);
        }
        return new UotAssociation(client, stream, UotDatagrams.learning(request == null ? null : request.target()), null);
    }

    /** Takes the stream over from its hold. */
    void begin() {
        stream.closeFuture().addListener(f -> {
            if (idleTimer != null) {
                idleTimer.cancel(false);
            }
        });
        stream.established();
        checkIdle();
        if (only != null) {
            open(only);
        }
        ReadHold.release(stream, pipeline -> pipeline.addLast("uot", packets));
        stream.read();
    }

    /** One timer, that sleeps for as long as nothing can have expired. */
    private void checkIdle() {
        long left = idle.toNanos() - (System.nanoTime() - lastPacketNanos);
        if (left <= 0) {
            ended(CloseReason.of(Kind.IDLE, Side.SELF, "association idle for " + idle));
        } else if (stream.isOpen()) {
            idleTimer = stream.eventLoop().schedule(this::checkIdle, left, TimeUnit.NANOSECONDS);
        }
    }

    private OutboundFlow open(Destination first) {
        if (first.port() == DNS) {
            idle = client.protocol().options().dnsIdle();
        }
        Connection opened = client.session().exchange(first, client.user());
        connection = opened;
        opened.scope().own(why -> stream.close());
        OutboundFlow out = OutboundFlow.open(client.protocol().context().dispatcher(), client.session().observer(), opened, WHAT,
                this::toClient);
        flow = out;
        return out;
    }

    @Override
    public void received(@Nullable Destination peer, ByteBuf payload) {
        if (peer == null) {
            payload.release();
            drop(PacketDrop.MALFORMED);
            return;
        }
        lastPacketNanos = System.nanoTime();
        sentTo.sent(peer, lastPacketNanos);
        OutboundFlow out = flow == null ? open(peer) : flow;
        out.send(peer, payload);
        out.flush();
    }

    private void toClient(Destination source, ByteBuf payload) {
        long now = System.nanoTime();
        boolean filtered = only != null || client.protocol().options().udpFilter() == UdpFilter.ADDRESS;
        if (filtered && !sentTo.lets(source, Objects.requireNonNull(flow)::resolvedTo, now)) {
            payload.release();
            drop(PacketDrop.FILTERED);
            return;
        }
        lastPacketNanos = now;
        if (packets.send(source, payload)) {
            packets.flush();
        } else {
            drop(PacketDrop.QUEUE);
        }
    }

    private void drop(PacketDrop cause) {
        client.session().observer().dropped(client.session().inbound(), cause);
    }

    @Override
    public void ended(CloseReason reason) {
        stream.close();
        if (connection != null) {
            connection.scope().close(reason);
        }
    }
}
