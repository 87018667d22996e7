package dev.sluice.proxy;

import dev.sluice.rudp.RudpConnection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.HashMap;
import java.util.Map;

/**
 * The packet flows of one connection of reliable UDP, by their numbers: datagrams that come are given to the flow they belong to, or
 * dropped. Belongs to the connection's loop.
 */
final class RudpFlows {
    private final RudpConnection connection;
    private final Map<Integer, RudpPackets> flows = new HashMap<>();
    private int next = 1;

    RudpFlows(RudpConnection connection) {
        this.connection = connection;
        connection.onDatagram(this::received);
    }

    /** The connection. */
    RudpConnection connection() {
        return connection;
    }

    /** A number that no flow of ours has. */
    int number() {
        while (flows.containsKey(next)) {
            next++;
        }
        return next++;
    }

    /** From now on datagrams with that number are for {@code flow}; false where it is taken. */
    boolean enter(int number, RudpPackets flow) {
        return flows.putIfAbsent(number, flow) == null;
    }

    /** The flow has ended. */
    void leave(int number) {
        flows.remove(number);
    }

    private void received(byte[] datagram) {
        if (datagram.length < Integer.BYTES) {
            return;
        }
        ByteBuf bytes = Unpooled.wrappedBuffer(datagram);
        RudpPackets flow = flows.get(bytes.readInt());
        if (flow != null) {
            flow.datagram(bytes);
        }
    }
}
