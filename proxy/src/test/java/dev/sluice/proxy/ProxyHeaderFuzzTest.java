package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sluice.net.ReadHold;
import dev.sluice.testkit.Fuzzing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes are a header, or are refused; what comes behind a header stays, and nothing leaks. */
class ProxyHeaderFuzzTest {
    private static final InetSocketAddress PEER = new InetSocketAddress(InetAddress.ofLiteral("192.0.2.9"), 9);
    private static final String V2 = "0d0a0d0a000d0a515549540a";
    private static final List<byte[]> SEEDS = List.of(ascii("PROXY TCP4 192.0.2.1 192.0.2.2 1000 80\r\nrest"),
            ascii("PROXY TCP6 2001:db8::1 2001:db8::2 1000 80\r\n"), ascii("PROXY UNKNOWN\r\nGET /"),
            hex("2111000c" + "c0000201c0000202" + "03e80050" + "72657374"), hex("200000007265"),
            hex("21210024" + "20010db8000000000000000000000001" + "20010db8000000000000000000000002" + "03e80050" + "61"),
            hex("21110013" + "c0000201c0000202" + "03e80050" + "04000401020304"));

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(V2 + text);
    }

    @Test
    void seedsAndMutations() {
        Fuzzing.run(SEEDS, 5_000, ProxyHeaderFuzzTest::fuzzerTestOneInput);
    }

    static List<byte[]> inputs() {
        return SEEDS;
    }

    @Tag("jazzer")
    @MethodSource("inputs")
    @FuzzTest(maxDuration = "5m")
    void explore(byte[] input) {
        fuzzerTestOneInput(input);
    }

    /** The same verdict however the bytes are split. */
    public static void fuzzerTestOneInput(byte[] input) {
        assertThat(read(input, 1)).isEqualTo(read(input, input.length));
    }

    private static String read(byte[] input, int piece) {
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.config().setAllocator(allocator);
        channel.config().setAutoRead(false);
        ReadHold.install(channel, 0, null);
        Future<InetSocketAddress> source = ProxyHeaderReader.read(channel, PEER);
        for (int at = 0; at < input.length && channel.isOpen() && !failed(source); at += piece) {
            int length = Math.min(piece, input.length - at);
            channel.writeInbound(allocator.buffer(length).writeBytes(input, at, length));
        }
        channel.runPendingTasks();
        String verdict = verdict(source, channel);
        channel.finishAndReleaseAll();
        assertThat(allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory()).as("bytes leaked").isZero();
        return verdict;
    }

    private static boolean failed(Future<?> source) {
        return source.isDone() && !source.isSuccess();
    }

    private static String verdict(Future<InetSocketAddress> source, EmbeddedChannel channel) {
        if (!source.isDone()) {
            return "more is needed";
        }
        if (!source.isSuccess()) {
            assertThat(source.cause()).isInstanceOf(Exception.class);
            return "refused";
        }
        ByteBuf behind = Objects.requireNonNull(channel.pipeline().get(ReadHold.class)).peek();
        try {
            return source.getNow() + " then " + behind.toString(StandardCharsets.ISO_8859_1);
        } finally {
            behind.release();
        }
    }
}
