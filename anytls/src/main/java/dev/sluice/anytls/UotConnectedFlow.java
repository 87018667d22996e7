package dev.sluice.anytls;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.Connection;
import dev.sluice.core.Destination;
import dev.sluice.core.PacketChannel;
import dev.sluice.proxy.upstream.FarTargets;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A packet flow made of streams that have one target each. A stream is opened by the first packet for its target; beyond
 * {@link #MOST} the one that was not used for longest goes. A target that cannot be had loses its packets, and only those.
 *
 * <p>Belongs to the connection's loop.
 */
final class UotConnectedFlow implements PacketChannel {
    static final int MOST = 64;
    /** Packets that wait for a stream. */
    private static final int WAITING = 16;

    private final Connection connection;
    private final Function<Destination, Future<PacketChannel>> opener;
    private final Promise<CloseReason> closed;
    private final Map<Destination, Leg> legs = new LinkedHashMap<>(4, 0.75f, true);
    private @Nullable Receiver receiver;
    private long dropped;

    /** {@code opener} opens a flow, on the connection's loop, over a stream that has the one target. */
    UotConnectedFlow(Connection connection, Function<Destination, Future<PacketChannel>> opener) {
        this.connection = connection;
        this.opener = opener;
        this.closed = connection.loop().newPromise();
    }

    @Override
    public void receive(Receiver next) {
        if (receiver != null) {
            throw new IllegalStateException("there is a receiver already");
        }
        receiver = next;
    }

    @Override
    public boolean send(Destination target, ByteBuf payload) {
        if (closed.isDone() || !FarTargets.allowed(connection.policy(), target.host())) {
            payload.release();
            dropped++;
            return false;
        }
        Leg leg = legs.get(target);
        if (leg == null) {
            leg = begin(target);
        }
        return leg.send(payload);
    }

    private Leg begin(Destination target) {
        if (legs.size() >= MOST) {
            Map.Entry<Destination, Leg> oldest = legs.entrySet().iterator().next();
            oldest.getValue().end(CloseReason.of(Kind.LIMIT, Side.SELF, "targets of one flow"));
        }
        Leg leg = new Leg(target);
        legs.put(target, leg);
        leg.open();
        return leg;
    }

    @Override
    public void flush() {
        legs.values().forEach(Leg::flush);
    }

    @Override
    public long dropped() {
        return dropped;
    }

    @Override
    public void close(CloseReason reason) {
        if (connection.loop().inEventLoop()) {
            closeHere(reason);
        } else {
            connection.loop().execute(() -> closeHere(reason));
        }
    }

    private void closeHere(CloseReason reason) {
        if (closed.trySuccess(reason)) {
            List.copyOf(legs.values()).forEach(leg -> leg.end(reason));
        }
    }

    @Override
    public Future<CloseReason> closed() {
        return closed;
    }

    /** The stream of one target. */
    private final class Leg {
        private final Destination target;
        private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>(2);
        private @Nullable PacketChannel flow;
        private boolean over;

        private Leg(Destination target) {
            this.target = target;
        }

        private void open() {
            opener.apply(target).addListener((Future<PacketChannel> f) -> {
                if (!f.isSuccess()) {
                    end(CloseReason.cancelled("no stream"));
                } else if (over) {
                    f.getNow().close(CloseReason.cancelled("nobody waits"));
                } else {
                    opened(f.getNow());
                }
            });
        }

        private void opened(PacketChannel open) {
            flow = open;
            open.receive((source, payload) -> {
                Receiver to = receiver;
                if (to == null) {
                    payload.release();
                    dropped++;
                } else {
                    to.received(source, payload);
                }
            });
            open.closed().addListener((Future<CloseReason> f) -> end(f.getNow()));
            for (ByteBuf next = waiting.poll(); next != null; next = waiting.poll()) {
                open.send(target, next);
            }
            open.flush();
        }

        private boolean send(ByteBuf payload) {
            PacketChannel open = flow;
            if (open != null) {
                return open.send(target, payload);
            }
            if (over || waiting.size() >= WAITING) {
                payload.release();
                dropped++;
                return false;
            }
            waiting.add(payload);
            return true;
        }

        private void flush() {
            if (flow != null) {
                flow.flush();
            }
        }

        private void end(CloseReason reason) {
            over = true;
            legs.remove(target, this);
            for (ByteBuf next = waiting.poll(); next != null; next = waiting.poll()) {
                next.release();
                dropped++;
            }
            if (flow != null) {
                dropped += flow.dropped();
                flow.close(reason);
                flow = null;
            }
        }
    }
}
