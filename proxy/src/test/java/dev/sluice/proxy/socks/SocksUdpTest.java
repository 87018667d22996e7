package dev.sluice.proxy.socks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.core.Destination;
import dev.sluice.core.Network;
import dev.sluice.core.ProtocolException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SocksUdpTest {

    @ParameterizedTest
    @CsvSource({"127.0.0.1:53, 000000017f0000010035", "[2001:db8::1]:443, 0000000420010db800000000000000000000000101bb",
            "a.example:80, 00000003096" + "12e6578616d706c650050"})
    void writesAndReads(String peer, String header) throws Exception {
        Destination destination = Destination.parse(Network.UDP, peer);
        ByteBuf out = Unpooled.buffer();
        SocksUdp.writeHeader(out, destination);
        assertThat(ByteBufUtil.hexDump(out)).isEqualTo(header);
        assertThat(SocksUdp.headerLength(destination)).isEqualTo(header.length() / 2);

        out.writeByte(42);
        assertThat(SocksUdp.readHeader(out)).isEqualTo(destination);
        assertThat(out.readableBytes()).isEqualTo(1);
        out.release();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0000", "000000", "00000001", "000000017f00000100", "00000003", "0000000300", "000000030000",
            "0000000300000035", "00000003016100", "0000000301000035", "00000003000035", "000000017f0000010000", "00000102",
            "00000005",
            "000001017f0000010035"})
    void refusesWhatIsMalformed(String datagram) {
        ByteBuf in = Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(datagram));
        assertThatExceptionOfType(ProtocolException.class).isThrownBy(() -> SocksUdp.readHeader(in));
        in.release();
    }

    @Test
    void aNameThatIsAnAddressBecomesTheAddress() throws Exception {
        ByteBuf in = Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump("0000000309" + "3132372e302e302e31" + "0035"));
        assertThat(SocksUdp.readHeader(in).address()).isNotNull();
        in.release();
    }

    @Test
    void anAddressInPiecesIsReadWhenItIsWhole() throws Exception {
        byte[] whole = ByteBufUtil.decodeHexDump("03096" + "12e6578616d706c650050");
        ByteBuf in = Unpooled.buffer();
        for (int i = 0; i < whole.length; i++) {
            assertThat(SocksAddress.read(in)).isNull();
            in.writeByte(whole[i]);
        }
        SocksAddress address = Objects.requireNonNull(SocksAddress.read(in));
        assertThat(address.host()).hasToString("a.example");
        assertThat(address.port()).isEqualTo(80);
        in.release();
    }
}
