package dev.sluice.proxy.rudp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Destination;
import dev.sluice.core.Network;
import dev.sluice.core.ProtocolException;
import dev.sluice.proxy.socks.SocksAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RudpRequestTest {
    private static SocksAddress address(String text) throws Exception {
        return SocksAddress.of(Destination.parse(Network.TCP, text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.1:80", "[2001:db8::1]:443", "example.net:8443"})
    void requestsAreReadAsTheyWereWrittenAndNotBeforeTheyAreWhole(String target) throws Exception {
        for (RudpRequest request : new RudpRequest[]{RudpRequest.connect(address(target)),
                RudpRequest.associate(0x89abcdef, address(target))}) {
            ByteBuf bytes = Unpooled.buffer();
            request.write(bytes);
            assertThat(bytes.readableBytes()).isEqualTo(request.length());
            for (int n = 0; n < request.length(); n++) {
                ByteBuf part = bytes.slice(0, n);
                assertThat(RudpRequest.read(part)).isNull();
                assertThat(part.readerIndex()).isZero();
            }
            bytes.writeByte('x');
            assertThat(RudpRequest.read(bytes)).isEqualTo(request);
            assertThat(bytes.readableBytes()).isEqualTo(1);
        }
    }

    @Test
    void unknownCommandsAreRefused() {
        assertThatThrownBy(() -> RudpRequest.read(Unpooled.wrappedBuffer(new byte[]{3}))).isInstanceOf(ProtocolException.class)
                .hasMessageContaining("unknown command 3");
    }

    @Test
    void packetsAreReadAsTheyWereWritten() throws Exception {
        Destination peer = Destination.parse(Network.UDP, "192.0.2.1:53");
        ByteBuf payload = Unpooled.wrappedBuffer(new byte[]{1, 2, 3});
        ByteBuf datagram = Unpooled.buffer();
        RudpPacket.writeDatagram(datagram, 7, peer, payload);
        assertThat(datagram.readableBytes()).isEqualTo(RudpPacket.datagramLength(peer, 3));
        assertThat(datagram.readInt()).isEqualTo(7);
        assertThat(RudpPacket.read(datagram)).isEqualTo(new RudpPacket(peer, payload));

        ByteBuf framed = Unpooled.buffer();
        RudpPacket.writeFramed(framed, peer, payload);
        int length = framed.readableBytes();
        assertThat(length).isEqualTo(RudpPacket.framedLength(peer, 3));
        for (int n = 0; n < length; n++) {
            assertThat(RudpPacket.readFramed(framed.slice(0, n))).isNull();
        }
        assertThat(RudpPacket.readFramed(framed)).isEqualTo(new RudpPacket(peer, payload));
    }

    @Test
    void packetsThatAreTooLongAreRefused() {
        ByteBuf framed = Unpooled.buffer().writeMedium(RudpPacket.MAX_LENGTH + 1);
        assertThatThrownBy(() -> RudpPacket.readFramed(framed)).isInstanceOf(ProtocolException.class);
    }

    @Test
    void everyFailureHasAnAnswerThatIsNotSuccess() {
        assertThat(RudpAnswer.failure(RudpAnswer.OK)).isNull();
        for (Failure failure : Failure.values()) {
            assertThat(RudpAnswer.of(failure)).isPositive();
        }
        assertThat(RudpAnswer.failure(RudpAnswer.of(Failure.REFUSED))).isEqualTo(Failure.REFUSED);
        assertThat(RudpAnswer.failure(200)).isEqualTo(Failure.UPSTREAM);
        assertThat(RudpAnswer.words(RudpAnswer.of(Failure.NAME_NOT_RESOLVED))).isEqualTo("no such name");
        assertThat(RudpAnswer.words(200)).isEqualTo("failure 200");
    }
}
