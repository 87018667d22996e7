package dev.sluice.proxy;

import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.Destination;
import dev.sluice.core.Policy;
import dev.sluice.net.ReadHold;
import dev.sluice.net.StreamChannel;
import io.netty.buffer.ByteBuf;

/** A packet flow through a server of reliable UDP. Belongs to the connection's loop. */
final class RudpFlow extends StreamFlow implements RudpPackets.Receiver {
    private final RudpPackets packets;

    private RudpFlow(StreamChannel stream, RudpFlows flows, int number, Policy policy) {
        super(stream, policy);
        this.packets = new RudpPackets(flows, number, Side.TARGET, this);
    }

    /** A flow whose stream the server has answered; the stream has a hold. */
    static RudpFlow over(StreamChannel stream, RudpFlows flows, int number, Policy policy) {
        RudpFlow flow = new RudpFlow(stream, flows, number, policy);
        if (flows.enter(number, flow.packets)) {
            flow.packets.useDatagrams();
        }
        ReadHold.release(stream, pipeline -> pipeline.addLast("packets", flow.packets));
        flow.begin();
        return flow;
    }

    @Override
    public void malformed() {
        drop();
    }

    @Override
    protected boolean write(Destination target, ByteBuf payload) {
        return packets.send(target, payload);
    }

    /** Each packet leaves by itself. */
    @Override
    public void flush() {}
}
