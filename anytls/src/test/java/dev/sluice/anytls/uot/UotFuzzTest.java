package dev.sluice.anytls.uot;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sluice.core.Destination;
import dev.sluice.core.Network;
import dev.sluice.core.ProtocolException;
import dev.sluice.testkit.Fuzzing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

class UotFuzzTest {
    private static final List<byte[]> CORPUS = Stream.of("00010808080800350008080808003500" + "0470696e67",
            "01010808080800350004" + "70696e67",
            "0003036162630035" + "020361626300350001780004200102030405060708090a0b0c0d0e0f0035000179",
            "0001080808080035010808080800350001780303616263003500017a").map(ByteBufUtil::decodeHexDump).toList();

    @Test
    void corpusAndMutations() {
        Fuzzing.run(CORPUS, 5_000, UotFuzzTest::fuzzerTestOneInput);
    }

    static List<byte[]> inputs() {
        return CORPUS;
    }

    @Tag("jazzer")
    @MethodSource("inputs")
    @FuzzTest(maxDuration = "5m")
    void explore(byte[] input) {
        fuzzerTestOneInput(input);
    }

    /** Any bytes, in two pieces, give what they give in one; what is left over is less than a datagram. */
    public static void fuzzerTestOneInput(byte[] input) {
        assertThat(decode(input, input.length / 2)).isEqualTo(decode(input, input.length));
    }

    private static List<String> decode(byte[] input, int first) {
        List<String> all = new ArrayList<>();
        ByteBuf in = Unpooled.buffer();
        UotDatagrams datagrams = null;
        try {
            for (int[] piece : new int[][]{{0, first}, {first, input.length - first}}) {
                in.writeBytes(input, piece[0], piece[1]);
                datagrams = datagrams == null ? begin(in) : datagrams;
                if (datagrams != null) {
                    UotTest.readAll(datagrams, in, all);
                    assertThat(in.readableBytes()).isLessThan(UotDatagrams.MAX_DATAGRAM);
                }
            }
        } catch (ProtocolException e) {
            all.add("fault");
        }
        return all;
    }

    private static @Nullable UotDatagrams begin(ByteBuf in) throws ProtocolException {
        UotRequest request = UotRequest.read(in);
        if (request == null) {
            return null;
        }
        return request.connect()
                ? UotDatagrams.connected(Destination.of(Network.UDP, "192.0.2.1", 7))
                : UotDatagrams.learning(request.target());
    }
}
