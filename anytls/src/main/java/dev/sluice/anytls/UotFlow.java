package dev.sluice.anytls;

import dev.sluice.anytls.uot.UotDatagrams;
import dev.sluice.anytls.uot.UotDatagrams.Dialect;
import dev.sluice.anytls.uot.UotRequest;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.Destination;
import dev.sluice.core.Policy;
import dev.sluice.net.ReadHold;
import dev.sluice.proxy.StreamFlow;
import dev.sluice.proxy.socks.SocksAddress;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;

/**
 * A packet flow over one stream to an AnyTLS server: UDP over TCP, version 2. The request goes out at once, with the stream's
 * address, because a server answers the stream only when it has read it.
 *
 * <p>Belongs to the stream's loop.
 */
final class UotFlow extends StreamFlow {
    private final UotPackets packets;

    private UotFlow(Channel stream, UotDatagrams datagrams, Policy policy) {
        super(stream, policy);
        this.packets = new UotPackets(datagrams, Side.TARGET, this);
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
        flow.begin();
        return flow;
    }

    @Override
    protected boolean write(Destination target, ByteBuf payload) {
        return packets.send(target, payload);
    }

    @Override
    public void flush() {
        packets.flush();
    }
}
