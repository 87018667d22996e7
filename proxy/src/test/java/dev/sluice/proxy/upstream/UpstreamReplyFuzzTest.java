package dev.sluice.proxy.upstream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sluice.core.CloseReason;
import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.Destination;
import dev.sluice.core.Network;
import dev.sluice.core.Scope;
import dev.sluice.net.ReadHold;
import dev.sluice.proxy.socks.SocksAddress;
import dev.sluice.proxy.socks.SocksClientHandshake;
import dev.sluice.testkit.Fuzzing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a next proxy answers, in whatever pieces: the handshake ends in a result or a typed failure, and every byte is released. */
class UpstreamReplyFuzzTest {
    private static final Destination TARGET = Destination.of(Network.TCP, "t.example", 443);

    private static final List<String> SEEDS = List.of("HTTP/1.1 200 OK\r\n\r\nearly",
            "HTTP/1.1 100 \r\n\r\nHTTP/1.1 200 \r\nVia: x\r\n\r\n",
            "HTTP/1.1 503 No\r\nProxy-Status: a; error=b\r\nContent-Length: 4\r\n\r\nbody",
            "HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n");
    private static final List<String> SOCKS_SEEDS = List.of("0500" + "05000001000000000000" + "6869",
            "0502" + "0100" + "0500000301610050",
            "0500" + "05050001000000000000", "05ff", "0502" + "0101", "0500" + "05000004" + "00".repeat(16) + "0000");

    @Test
    void httpSeedsAndMutations() throws Exception {
        Fuzzing.run(httpInputs(), 120, UpstreamReplyFuzzTest::http);
    }

    @Test
    void socksSeedsAndMutations() throws Exception {
        Fuzzing.run(socksInputs(), 120, UpstreamReplyFuzzTest::socks);
    }

    private static List<byte[]> httpInputs() {
        return SEEDS.stream().map(seed -> seed.getBytes(ISO_8859_1)).toList();
    }

    private static List<byte[]> socksInputs() {
        return SOCKS_SEEDS.stream().map(ByteBufUtil::decodeHexDump).toList();
    }

    static List<byte[]> inputs() {
        return Stream.concat(httpInputs().stream(), socksInputs().stream()).toList();
    }

    @Tag("jazzer")
    @MethodSource("inputs")
    @FuzzTest(maxDuration = "5m")
    void explore(byte[] input) {
        http(input);
        socks(input);
    }

    private static void http(byte[] input) {
        String whole = outcome(HttpConnect.tunnel("p", "t.example:443", null), input, input.length);
        assertThat(outcome(HttpConnect.tunnel("p", "t.example:443", null), input, small(input))).isEqualTo(whole);
    }

    private static void socks(byte[] input) {
        String whole = outcome(socks(), input, input.length);
        assertThat(outcome(socks(), input, small(input))).isEqualTo(whole);
    }

    /** Byte by byte, as long as that takes no time. */
    private static int small(byte[] input) {
        return 1 + input.length / 300;
    }

    private static SocksDialogue socks() {
        return new SocksDialogue(
                new SocksClientHandshake("p", SocksClientHandshake.Command.CONNECT, SocksAddress.of(TARGET), "user", "password"));
    }

    /** What comes of it where the answer arrives in pieces of {@code size}, with the bytes that are left for the tunnel. */
    private static <T> String outcome(Dialogue<T> dialogue, byte[] input, int size) {
        EmbeddedChannel channel = new EmbeddedChannel();
        Scope scope = Scope.root("fuzz", ImmediateEventExecutor.INSTANCE);
        ReadHold.install(channel, 0, null);
        Future<T> done = Handshake.begin(channel, "p", dialogue, Duration.ofSeconds(10), scope);
        List<ByteBuf> pieces = new ArrayList<>();
        for (int at = 0; at < input.length; at += size) {
            pieces.add(Unpooled.wrappedBuffer(Arrays.copyOfRange(input, at, Math.min(input.length, at + size))));
        }
        for (ByteBuf piece : pieces) {
            if (channel.isOpen()) {
                channel.writeInbound(piece);
            } else {
                piece.release();
            }
        }
        channel.runPendingTasks();
        String outcome;
        if (done.isSuccess()) {
            ReadHold hold = channel.pipeline().get(ReadHold.class);
            ByteBuf left = hold.peek();
            outcome = done.getNow() + " and " + left.toString(ISO_8859_1);
            left.release();
        } else if (done.isDone()) {
            assertThat(done.cause()).isInstanceOf(ConnectFailedException.class);
            assertThat(channel.isOpen()).isFalse();
            outcome = ((ConnectFailedException) done.cause()).failure().toString();
        } else {
            outcome = "more";
        }
        scope.close(CloseReason.finished());
        channel.finishAndReleaseAll();
        assertThat(done.isDone()).isTrue();
        for (ByteBuf piece : pieces) {
            assertThat(piece.refCnt()).isZero();
        }
        return outcome;
    }
}
