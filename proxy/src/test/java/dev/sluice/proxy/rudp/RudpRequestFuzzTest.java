package dev.sluice.proxy.rudp;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sluice.core.ProtocolException;
import dev.sluice.testkit.Fuzzing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a peer sends: a request, a packet, more bytes wanted, or a fault of the protocol; nothing is read beyond what is there. */
class RudpRequestFuzzTest {
    private static final List<String> SEEDS = List.of("0101c00002010050", "010304686f73740050", "0200000007" + "01c00002010035",
            "00000a" + "01c00002010035" + "010203", "0104" + "20010db8".repeat(4) + "01bb");

    @Test
    void seedsAndMutations() throws Exception {
        Fuzzing.run(inputs(), 300, RudpRequestFuzzTest::read);
    }

    /** Jazzer's entry point. */
    static List<byte[]> inputs() {
        return SEEDS.stream().map(ByteBufUtil::decodeHexDump).toList();
    }

    @Tag("jazzer")
    @MethodSource("inputs")
    @FuzzTest(maxDuration = "5m")
    void explore(byte[] input) {
        read(input);
    }

    private static void read(byte[] input) {
        ByteBuf request = Unpooled.wrappedBuffer(input);
        try {
            RudpRequest read = RudpRequest.read(request);
            assertThat(request.readerIndex() == 0).isEqualTo(read == null);
        } catch (ProtocolException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
        ByteBuf packets = Unpooled.wrappedBuffer(input);
        try {
            RudpPacket packet = RudpPacket.readFramed(packets);
            while (packet != null) {
                assertThat(packet.payload().readableBytes()).isLessThanOrEqualTo(input.length);
                packet = RudpPacket.readFramed(packets);
            }
            assertThat(RudpPacket.read(Unpooled.wrappedBuffer(input)).peer().port()).isPositive();
        } catch (ProtocolException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }
}
