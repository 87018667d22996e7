package dev.sluice.proxy;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.Destination;
import dev.sluice.core.PacketChannel;
import dev.sluice.core.Policy;
import dev.sluice.net.ReadHold;
import dev.sluice.net.StreamChannel;
import dev.sluice.proxy.upstream.FarTargets;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import org.jspecify.annotations.Nullable;

/** A packet flow through a server of reliable UDP. Belongs to the connection's loop. */
final class RudpFlow implements PacketChannel, RudpPackets.Receiver {
    private final StreamChannel stream;
    private final RudpPackets packets;
    private final Policy policy;
    private final Promise<CloseReason> closed;
    private @Nullable Receiver receiver;
    private @Nullable CloseReason reason;
    private long dropped;

    private RudpFlow(StreamChannel stream, RudpFlows flows, int number, Policy policy) {
        this.stream = stream;
        this.policy = policy;
        this.packets = new RudpPackets(flows, number, Side.TARGET, this);
        this.closed = stream.eventLoop().newPromise();
    }

    /** A flow whose stream the server has answered; the stream has a hold. */
    static RudpFlow over(StreamChannel stream, RudpFlows flows, int number, Policy policy) {
        RudpFlow flow = new RudpFlow(stream, flows, number, policy);
        if (flows.enter(number, flow.packets)) {
            flow.packets.useDatagrams();
        }
        ReadHold.release(stream, pipeline -> pipeline.addLast("packets", flow.packets));
        stream.closeFuture().addListener(f -> flow.closed.trySuccess(flow.reason == null ? CloseReason.finished() : flow.reason));
        stream.read();
        return flow;
    }

    @Override
    public void receive(Receiver next) {
        if (receiver != null) {
            throw new IllegalStateException("there is a receiver already");
        }
        receiver = next;
    }

    @Override
    public void received(Destination peer, ByteBuf payload) {
        Receiver to = receiver;
        if (to == null) {
            payload.release();
            dropped++;
        } else {
            to.received(peer, payload);
        }
    }

    @Override
    public void malformed() {
        dropped++;
    }

    @Override
    public void ended(CloseReason why) {
        close(why);
    }

    @Override
    public boolean send(Destination target, ByteBuf payload) {
        if (!FarTargets.allowed(policy, target.host())) {
            payload.release();
            dropped++;
            return false;
        }
        boolean sent = packets.send(target, payload);
        if (!sent) {
            dropped++;
        }
        return sent;
    }

    /** Each packet leaves by itself. */
    @Override
    public void flush() {}

    @Override
    public long dropped() {
        return dropped;
    }

    @Override
    public void close(CloseReason why) {
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
    public Future<CloseReason> closed() {
        return closed;
    }

    @Override
    public String toString() {
        return "RudpFlow(" + stream + ")";
    }
}
