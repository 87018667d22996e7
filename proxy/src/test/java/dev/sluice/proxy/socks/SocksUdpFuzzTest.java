package dev.sluice.proxy.socks;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sluice.core.Destination;
import dev.sluice.core.ProtocolException;
import dev.sluice.testkit.Fuzzing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

class SocksUdpFuzzTest {
    private static final List<byte[]> CORPUS = List.of(SocksServerHandshakeTest.hex("000000", "01", "7f000001", "0035", "6869"),
            SocksServerHandshakeTest.hex("000000", "03", "0b", "6578616d706c652e636f6d", "0035", "6869"),
            SocksServerHandshakeTest.hex("000000", "04", "20010db8000000000000000000000001", "0035"),
            SocksServerHandshakeTest.hex("000001", "01", "7f000001", "0035"));

    static List<byte[]> inputs() {
        return CORPUS;
    }

    @Test
    void corpusAndMutations() {
        Fuzzing.run(CORPUS, 5_000, SocksUdpFuzzTest::fuzzerTestOneInput);
    }

    @Tag("jazzer")
    @MethodSource("inputs")
    @FuzzTest(maxDuration = "5m")
    void explore(byte[] input) {
        fuzzerTestOneInput(input);
    }

    /** Any datagram names a target, which is written as it was read, or is refused; the payload stays whole. */
    public static void fuzzerTestOneInput(byte[] input) {
        ByteBuf in = Unpooled.wrappedBuffer(input);
        Destination target;
        try {
            target = SocksUdp.readHeader(in);
        } catch (ProtocolException e) {
            assertThat(e.getMessage()).matches("[ -~]+");
            return;
        }
        ByteBuf out = Unpooled.buffer();
        SocksUdp.writeHeader(out, target);
        assertThat(out.readableBytes()).isEqualTo(SocksUdp.headerLength(target)).isLessThanOrEqualTo(SocksUdp.MAX_HEADER);
        out.writeBytes(in);
        ByteBuf again = Unpooled.wrappedBuffer(out);
        try {
            assertThat(SocksUdp.readHeader(again)).isEqualTo(target);
        } catch (ProtocolException e) {
            throw new AssertionError(e);
        }
    }
}
