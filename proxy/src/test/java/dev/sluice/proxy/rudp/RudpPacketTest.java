package dev.sluice.proxy.rudp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.core.Destination;
import dev.sluice.core.Network;
import dev.sluice.core.ProtocolException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A packet is carried whatever its size, none at all too. */
class RudpPacketTest {
    private static final Destination PEER = Destination.of(Network.UDP, "192.0.2.1", 53);

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1200, 65_507})
    void passesAsADatagram(int size) throws ProtocolException {
        ByteBuf out = Unpooled.buffer();
        RudpPacket.writeDatagram(out, 7, PEER, Unpooled.wrappedBuffer(new byte[size]));
        assertThat(out.readableBytes()).isEqualTo(RudpPacket.datagramLength(PEER, size));
        assertThat(out.readInt()).isEqualTo(7);
        RudpPacket packet = RudpPacket.read(out);
        assertThat(packet.peer()).isEqualTo(PEER);
        assertThat(packet.payload().readableBytes()).isEqualTo(size);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1200, 65_507})
    void passesOnAStream(int size) throws ProtocolException {
        ByteBuf out = Unpooled.buffer();
        RudpPacket.writeFramed(out, PEER, Unpooled.wrappedBuffer(new byte[size]));
        assertThat(out.readableBytes()).isEqualTo(RudpPacket.framedLength(PEER, size));
        RudpPacket packet = Objects.requireNonNull(RudpPacket.readFramed(out));
        assertThat(packet.peer()).isEqualTo(PEER);
        assertThat(packet.payload().readableBytes()).isEqualTo(size);
        assertThat(out.isReadable()).isFalse();
    }
}
