package dev.sluice.proxy.sniff;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sluice.testkit.Fuzzing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

class FirstBytesFuzzTest {
    @Test
    void corpusAndMutations() {
        Fuzzing.run(inputs(), 5_000, FirstBytesFuzzTest::fuzzerTestOneInput);
    }

    static List<byte[]> inputs() {
        byte[] hello = FirstBytesTest.clientHello("example.com");
        byte[] request = "GET / HTTP/1.1\r\nHost: a.b\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        return List.of(hello, FirstBytesTest.fragmented(hello, 50), request);
    }

    @Tag("jazzer")
    @MethodSource("inputs")
    @FuzzTest(maxDuration = "5m")
    void explore(byte[] input) {
        fuzzerTestOneInput(input);
    }

    /** Any bytes get a verdict, and no byte is taken. */
    public static void fuzzerTestOneInput(byte[] input) {
        ByteBuf in = Unpooled.wrappedBuffer(input);
        assertThat(FirstBytes.look(in)).isNotNull();
        assertThat(in.readerIndex()).isZero();
    }
}
