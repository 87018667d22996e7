package dev.sluice.proxy;

import dev.sluice.core.AccessLog;
import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReasons;
import dev.sluice.core.Connection;
import dev.sluice.core.Destination;
import dev.sluice.core.PacketChannel;
import dev.sluice.core.Route;
import dev.sluice.net.Dispatcher;
import dev.sluice.proxy.InboundObserver.PacketDrop;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * One packet flow on its way out: routed, opened, and until it is open a short queue. It writes the access line, and ends with the
 * scope of its connection, which it closes where the outbound gives up.
 *
 * <p>Belongs to the connection's loop.
 */
public final class OutboundFlow {
    /** Packets that wait while the outbound opens; DNS and QUIC send no more than a few before the first answer. */
    private static final int QUEUE = 32;

    private record Waiting(Destination target, ByteBuf payload) {}

    private final Dispatcher dispatcher;
    private final InboundObserver observer;
    private final Connection connection;
    private final String what;
    private final PacketChannel.Receiver receiver;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private @Nullable PacketChannel channel;
    private boolean failed;

    private OutboundFlow(Dispatcher dispatcher, InboundObserver observer, Connection connection, String what,
            PacketChannel.Receiver receiver) {
        this.dispatcher = dispatcher;
        this.observer = observer;
        this.connection = connection;
        this.what = what;
        this.receiver = receiver;
    }

    /**
     * Routes the connection by its destination, the first target, and opens the flow.
     *
     * @param what how the access log names it
     * @param receiver gets the replies
     */
    public static OutboundFlow open(Dispatcher dispatcher, InboundObserver observer, Connection connection, String what,
            PacketChannel.Receiver receiver) {
        OutboundFlow flow = new OutboundFlow(dispatcher, observer, connection, what, receiver);
        flow.open();
        return flow;
    }

    private void open() {
        observer.flowBegan(connection.inbound());
        Route route = dispatcher.route(connection);
        connection.scope().closing().addListener((Future<CloseReason> f) -> ended(route, f.getNow()));
        route.outbound().associate(connection).addListener((Future<PacketChannel> f) -> {
            if (f.isSuccess()) {
                opened(route, f.getNow());
            } else {
                failed = true;
                CloseReason reason = CloseReasons.classify(f.cause());
                report(route, reason);
                connection.scope().close(reason);
            }
        });
    }

    private void opened(Route route, PacketChannel opened) {
        CloseReason gone = connection.scope().reason();
        if (gone != null) {
            opened.close(gone);
            return;
        }
        channel = opened;
        dispatcher.established(connection, route);
        connection.scope().own(reason -> {
            opened.close(reason);
            return opened.closed();
        });
        opened.closed().addListener((Future<CloseReason> f) -> connection.scope().close(f.getNow()));
        opened.receive((source, payload) -> {
            connection.traffic().down(payload.readableBytes());
            receiver.received(source, payload);
        });
        for (Waiting next = waiting.poll(); next != null; next = waiting.poll()) {
            pass(opened, next.target, next.payload);
        }
        opened.flush();
    }

    /** Sends one packet, keeps it until the flow is open, or drops it where too many are kept; takes ownership. */
    public void send(Destination target, ByteBuf payload) {
        PacketChannel open = channel;
        if (!connection.scope().isOpen()) {
            payload.release();
        } else if (open != null) {
            pass(open, target, payload);
        } else if (waiting.size() < QUEUE) {
            waiting.add(new Waiting(target, payload));
        } else {
            payload.release();
            observer.dropped(connection.inbound(), PacketDrop.QUEUE);
        }
    }

    private void pass(PacketChannel open, Destination target, ByteBuf payload) {
        int bytes = payload.readableBytes();
        if (open.send(target, payload)) {
            connection.traffic().up(bytes);
        } else {
            observer.dropped(connection.inbound(), PacketDrop.QUEUE);
        }
    }

    /** Sends what {@link #send} has gathered. */
    public void flush() {
        if (channel != null) {
            channel.flush();
        }
    }

    /** Whether packets to a name have gone to {@code address}. */
    public boolean resolvedTo(InetAddress address) {
        return channel != null && channel.resolvedTo(address);
    }

    private void ended(Route route, CloseReason reason) {
        for (Waiting next = waiting.poll(); next != null; next = waiting.poll()) {
            next.payload.release();
        }
        observer.flowEnded(connection.inbound());
        if (!failed) {
            report(route, reason);
        }
    }

    private void report(Route route, CloseReason reason) {
        dispatcher.ended(new AccessLog.Ended(connection, route, what, 0, connection.traffic().up(), connection.traffic().down(),
                Duration.ofNanos(System.nanoTime() - connection.openedNanos()), reason));
    }
}
