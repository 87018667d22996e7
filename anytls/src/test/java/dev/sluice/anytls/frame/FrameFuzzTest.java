package dev.sluice.anytls.frame;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sluice.anytls.padding.Padder;
import dev.sluice.anytls.padding.PaddingScheme;
import dev.sluice.core.ProtocolException;
import dev.sluice.testkit.Fuzzing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes as frames, and any bytes as a padding scheme. */
class FrameFuzzTest {
    private static final List<byte[]> FRAMES = List.of(hex("0100000001 0000 0200000001 000f 030b6578616d706c652e636f6d01bb"),
            hex("0400000000 0003 763d32 0000000000 0005 0000000000"), hex("0700000002 0003 646961 0900000000 0000"),
            hex("ff00000001 0004 00000000 0300000001 0000 0600000000 ffff 00"));
    private static final List<byte[]> SCHEMES = List.of(PaddingScheme.DEFAULT.text(),
            "stop=3\n0=900-1400\n1=900-1400\n2=900-1400".getBytes(StandardCharsets.UTF_8),
            "stop=2\n1=c,1-1,c,60000-70000,0-0,-,c-c".getBytes(StandardCharsets.UTF_8));

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    @Test
    void framesAndMutations() {
        Fuzzing.run(FRAMES, 5_000, FrameFuzzTest::frames);
    }

    @Test
    void schemesAndMutations() {
        Fuzzing.run(SCHEMES, 5_000, FrameFuzzTest::scheme);
    }

    static List<byte[]> inputs() {
        return Stream.concat(FRAMES.stream(), SCHEMES.stream()).toList();
    }

    @Tag("jazzer")
    @MethodSource("inputs")
    @FuzzTest(maxDuration = "5m")
    void explore(byte[] input) {
        frames(input);
        scheme(input);
    }

    /** In one piece or two, the same comes out, and it is never more than went in. */
    static void frames(byte[] input) {
        FramesTest.Recorder whole = new FramesTest.Recorder();
        new FrameDecoder().decode(Unpooled.wrappedBuffer(input), whole);
        FramesTest.Recorder pieces = new FramesTest.Recorder();
        FrameDecoder decoder = new FrameDecoder();
        int half = input.length / 2;
        decoder.decode(Unpooled.wrappedBuffer(input, 0, half), pieces);
        decoder.decode(Unpooled.wrappedBuffer(input, half, input.length - half), pieces);
        assertThat(pieces.seen()).isEqualTo(whole.seen());
    }

    /** It is a scheme, or it is refused; one that is pads within its bounds. */
    static void scheme(byte[] input) {
        PaddingScheme scheme;
        try {
            scheme = PaddingScheme.parse(input);
        } catch (ProtocolException e) {
            return;
        }
        assertThat(scheme.text()).isEqualTo(input);
        Padder padder = new Padder(scheme, new SplittableRandom(1));
        for (int packet = 1; packet < 10; packet++) {
            long[] bytes = new long[1];
            ByteBuf data = Unpooled.wrappedBuffer(new byte[300]);
            padder.split(data, ByteBufAllocator.DEFAULT, record -> {
                bytes[0] += record.readableBytes();
                record.release();
            });
            assertThat(bytes[0]).isBetween(300L, 3L << 20);
        }
        assertThat(scheme.drawAuth(new SplittableRandom(1))).isBetween(0, 16_350);
    }
}
