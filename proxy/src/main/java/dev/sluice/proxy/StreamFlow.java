package dev.sluice.proxy;

import dev.sluice.core.CloseReason;
import dev.sluice.core.Destination;
import dev.sluice.core.PacketChannel;
import dev.sluice.core.Policy;
import dev.sluice.proxy.upstream.FarTargets;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import org.jspecify.annotations.Nullable;

/**
 * A packet flow over one stream to a server, which ends with its stream. How a packet is sent, the protocol brings.
 *
 * <p>Belongs to the stream's loop.
 */
public abstract class StreamFlow implements PacketChannel, StreamPackets.Receiver {
    private final Channel stream;
    private final Policy policy;
    private final Promise<CloseReason> closed;
    private @Nullable Receiver receiver;
    private @Nullable CloseReason reason;
    private long dropped;

    /** A flow over {@code stream}, for a client that may reach what {@code policy} says. */
    protected StreamFlow(Channel stream, Policy policy) {
        this.stream = stream;
        this.policy = policy;
        this.closed = stream.eventLoop().newPromise();
    }

    /**
     * Sends one packet, or drops it.
     *
     * @return whether it was taken
     * @implNote takes ownership of {@code payload}
     */
    protected abstract boolean write(Destination target, ByteBuf payload);

    /** The stream stands: its end is the flow's, and what has arrived is read. */
    protected final void begin() {
        stream.closeFuture().addListener(f -> closed.trySuccess(reason == null ? CloseReason.finished() : reason));
        stream.read();
    }

    /** One more packet is lost. */
    protected final void drop() {
        dropped++;
    }

    @Override
    public final void receive(Receiver next) {
        if (receiver != null) {
            throw new IllegalStateException("there is a receiver already");
        }
        receiver = next;
    }

    @Override
    public final void received(@Nullable Destination peer, ByteBuf payload) {
        Receiver to = receiver;
        if (to == null || peer == null) {
            payload.release();
            drop();
        } else {
            to.received(peer, payload);
        }
    }

    @Override
    public final void ended(CloseReason why) {
        close(why);
    }

    @Override
    public final boolean send(Destination target, ByteBuf payload) {
        if (!FarTargets.allowed(policy, target.host())) {
            payload.release();
            drop();
            return false;
        }
        boolean sent = write(target, payload);
        if (!sent) {
            drop();
        }
        return sent;
    }

    @Override
    public final long dropped() {
        return dropped;
    }

    @Override
    public final void close(CloseReason why) {
        if (stream.eventLoop().inEventLoop()) {
            closeHere(why);
        } else {
            stream.eventLoop().execute(() -> closeHere(why));
        }
    }

    private void closeHere(CloseReason why) {
        if (reason == null) {
            reason = why;
        }
        stream.close();
    }

    @Override
    public final Future<CloseReason> closed() {
        return closed;
    }

    @Override
    public String toString() {
        return getClass().getSimpleName() + "(" + stream + ")";
    }
}
