package dev.sluice.proxy;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.Connection;
import dev.sluice.core.ConnectionId;
import dev.sluice.core.Destination;
import dev.sluice.core.Scope;
import dev.sluice.net.UdpSocket;
import dev.sluice.proxy.InboundObserver.PacketDrop;
import dev.sluice.proxy.InboundObserver.Refusal;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The flows of one forwarded UDP port, by source. The table is in the order of last use: the first one is the one to evict where
 * it is full, and the one to look at when the timer rings. Replies leave by the listening socket.
 *
 * <p>Draining lets flows run until they are idle. Belongs to the loop of its scope.
 */
final class UdpForwardPort {
    private final UdpForwardSettings settings;
    private final InboundContext context;
    private final Scope scope;
    private final LinkedHashMap<InetSocketAddress, Flow> flows = new LinkedHashMap<>(16, 0.75f, true);
    private @Nullable UdpSocket socket;
    private @Nullable Future<?> timer;
    private boolean draining;

    UdpForwardPort(UdpForwardSettings settings, InboundContext context, Scope scope) {
        this.settings = settings;
        this.context = context;
        this.scope = scope;
    }

    /** Called once, before or after the first packet, on any thread. */
    void opened(UdpSocket bound) {
        scope.executor().execute(() -> {
            socket = bound;
            scope.onDrain(() -> {
                draining = true;
                scope.closeWhenEmpty();
            });
        });
        scope.closing().addListener(f -> {
            if (timer != null) {
                timer.cancel(false);
            }
        });
    }

    void fromClient(InetSocketAddress sender, ByteBuf payload) {
        Flow flow = flows.get(sender); // moves it to the end of the order
        if (flow == null) {
            flow = mayBegin(sender) ? begin(sender) : null;
        }
        if (flow == null) {
            payload.release();
            return;
        }
        if (!flow.mayCarryUp(payload.readableBytes())) {
            payload.release();
            context.observer().dropped(settings.name(), PacketDrop.RATE);
            return;
        }
        flow.lastNanos = System.nanoTime();
        OutboundFlow out = Objects.requireNonNull(flow.out);
        out.send(settings.target(), payload);
        out.flush();
    }

    private boolean mayBegin(InetSocketAddress sender) {
        if (draining || !scope.isOpen()) {
            return false;
        }
        if (!settings.allowFrom().contains(sender.getAddress())) {
            context.observer().refused(settings.name(), Refusal.NOT_ALLOWED);
            return false;
        }
        return true;
    }

    private Flow begin(InetSocketAddress sender) {
        if (flows.size() >= settings.flows()) {
            context.observer().flowEvicted(settings.name());
            Objects.requireNonNull(flows.firstEntry()).getValue().close(CloseReason.of(Kind.LIMIT, Side.SELF, "flows"));
        }
        Flow flow = new Flow(sender, scope.child("flow"));
        flows.put(sender, flow);
        flow.open();
        if (timer == null) {
            sleep(settings.idle().toNanos());
        }
        return flow;
    }

    private void sleep(long nanos) {
        timer = scope.executor().schedule(this::expire, nanos, TimeUnit.NANOSECONDS);
    }

    private void expire() {
        timer = null;
        long now = System.nanoTime();
        for (Map.Entry<InetSocketAddress, Flow> oldest = flows.firstEntry(); oldest != null; oldest = flows.firstEntry()) {
            long left = settings.idle().toNanos() - (now - oldest.getValue().lastNanos);
            if (left > 0) {
                sleep(left);
                return;
            }
            oldest.getValue().close(CloseReason.of(Kind.IDLE, Side.SELF, "idle for " + settings.idle()));
        }
    }

    /** One source. */
    private final class Flow {
        private final InetSocketAddress client;
        private final Scope own;
        private final @Nullable Rate rate;
        private @Nullable OutboundFlow out;
        private long lastNanos = System.nanoTime();

        private Flow(InetSocketAddress client, Scope own) {
            this.client = client;
            this.own = own;
            this.rate = settings.policy().bytesPerSecond() > 0 ? new Rate(settings.policy().bytesPerSecond()) : null;
        }

        private void open() {
            Connection connection = new Connection(ConnectionId.next(), settings.name(), null, client, settings.target(),
                    settings.policy().trusted(), own, context.table().traffic(settings.name(), null));
            context.table().enter(connection);
            own.closing().addListener(f -> flows.remove(client, this));
            out = OutboundFlow.open(context.dispatcher(), context.observer(), connection, "udp",
                    this::toClient);
        }

        private boolean mayCarryUp(int bytes) {
            return rate == null || rate.tryUp(bytes, System.nanoTime());
        }

        private void toClient(Destination source, ByteBuf payload) {
            if (!isTarget(source)) {
                payload.release();
                context.observer().dropped(settings.name(), PacketDrop.FILTERED);
                return;
            }
            UdpSocket to = socket;
            lastNanos = System.nanoTime();
            flows.get(client); // used now: to the end of the order
            if (to == null || !own.isOpen()) {
                payload.release();
            } else if (rate != null && !rate.tryDown(payload.readableBytes(), lastNanos)) {
                payload.release();
                context.observer().dropped(settings.name(), PacketDrop.RATE);
            } else {
                if (!to.send(client, payload)) {
                    context.observer().dropped(settings.name(), PacketDrop.QUEUE);
                }
                to.flush();
            }
        }

        /** A name stands for addresses that only the outbound knows; then the port must do. */
        private boolean isTarget(Destination source) {
            return source.port() == settings.target().port()
                    && (settings.target().address() == null || source.host().equals(settings.target().host()));
        }

        private void close(CloseReason reason) {
            flows.remove(client, this);
            own.close(reason);
        }
    }
}
