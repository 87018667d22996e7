package dev.sluice.anytls;

import dev.sluice.anytls.uot.UotDatagrams;
import dev.sluice.anytls.uot.UotDatagrams.Dialect;
import dev.sluice.anytls.uot.UotRequest;
import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.Destination;
import dev.sluice.core.PacketChannel;
import dev.sluice.core.Policy;
import dev.sluice.net.ReadHold;
import dev.sluice.proxy.socks.SocksAddress;
import dev.sluice.proxy.upstream.FarTargets;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import org.jspecify.annotations.Nullable;

/**
 * A packet flow over one stream to an AnyTLS server: UDP over TCP, version 2. The request goes out at once, with the stream's
 * address, because a server answers the stream only when it has read it.
 *
 * <p>Belongs to the stream's loop.
 */
final class UotFlow implements PacketChannel, UotPackets.Receiver {
    private final Channel stream;
    private final UotPackets packets;
    private final Policy policy;
    private final Promise<CloseReason> closed;
    private @Nullable Receiver receiver;
    private @Nullable CloseReason reason;
    private long dropped;

    private UotFlow(Channel stream, UotDatagrams datagrams, Policy policy) {
        this.stream = stream;
        this.policy = policy;
        this.packets = new UotPackets(datagrams, Side.TARGET, this);
        this.closed = stream.eventLoop().newPromise();
    }

    /**
     * Takes over a stream that was opened to {@link dev.sluice.anytls.uot.Uot#VERSION_2}, and sends the request. On the stream's
     * loop.
     *
     * @param stream has a {@link ReadHold}, or nothing has arrived yet
     * @param target the first target, or in connected mode the only one
     * @param connected whether it is the only one; for servers that know no other mode
     * @param policy what its client may reach
     */
    static UotFlow over(Channel stream, Destination target, boolean connected, Policy policy) {
        UotFlow flow = new UotFlow(stream,
                connected ? UotDatagrams.connected(target) : UotDatagrams.addressed(Dialect.SING), policy);
        ReadHold.release(stream, pipeline -> pipeline.addLast("uot", flow.packets));
        UotRequest request = new UotRequest(connected, SocksAddress.of(target));
        ByteBuf bytes = stream.alloc().ioBuffer(request.length());
        request.write(bytes);
        stream.writeAndFlush(bytes);
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
    public void received(@Nullable Destination peer, ByteBuf payload) {
        Receiver to = receiver;
        if (to == null || peer == null) {
            payload.release();
            dropped++;
        } else {
            to.received(peer, payload);
        }
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

    @Override
    public void flush() {
        packets.flush();
    }

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
        return "UotFlow(" + stream + ")";
    }
}
