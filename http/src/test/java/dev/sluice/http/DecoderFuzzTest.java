package dev.sluice.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sluice.testkit.Fuzzing;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/** However the bytes of a stream are split, the decoders read the same from them, keep nothing and lose nothing. */
class DecoderFuzzTest {
    private static final List<byte[]> REQUESTS = corpus(
            "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST http://a/b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nX: y\r\n\r\nhelloGET http://a/c HTTP/1.0\r\n\r\n",
            "POST http://a/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;e=1\r\nhello\r\n0\r\nT: 1\r\n\r\nGET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
            "\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: X, close\r\nX: z\r\n\r\n",
            "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n\u0016\u0003\u0001");

    private static final List<byte[]> RESPONSES = corpus(
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: 1\r\n\r\n",
            "HTTP/1.0 200 OK\r\nX : y\r\n\r\nuntil the end",
            "HTTP/1.1 101 Switch\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nraw");

    private static List<byte[]> corpus(String... inputs) {
        return List.of(inputs).stream().map(s -> s.getBytes(ISO_8859_1)).toList();
    }

    @Test
    void requests() {
        Fuzzing.run(REQUESTS, 1_500, DecoderFuzzTest::fuzzerTestOneInput);
    }

    @Test
    void responses() {
        Fuzzing.run(RESPONSES, 1_500, input -> splitsAlike(input, () -> new Http1ResponseDecoder(HttpLimits.DEFAULT)));
    }

    static List<byte[]> inputs() {
        return Stream.concat(REQUESTS.stream(), RESPONSES.stream()).toList();
    }

    @Tag("jazzer")
    @MethodSource("inputs")
    @FuzzTest(maxDuration = "5m")
    void explore(byte[] input) {
        fuzzerTestOneInput(input);
        splitsAlike(input, () -> new Http1ResponseDecoder(HttpLimits.DEFAULT));
    }

    /** Requests. */
    public static void fuzzerTestOneInput(byte[] input) {
        splitsAlike(input, () -> new Http1RequestDecoder(HttpLimits.DEFAULT));
    }

    private static void splitsAlike(byte[] input, Supplier<Http1Decoder> decoder) {
        String whole = decode(input, decoder.get(), input.length);
        assertThat(decode(input, decoder.get(), 1)).isEqualTo(whole);
        assertThat(decode(input, decoder.get(), 7)).isEqualTo(whole);
    }

    /** The messages in {@code input}, fed in pieces of up to {@code piece} bytes. */
    private static String decode(byte[] input, Http1Decoder decoder, int piece) {
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.config().setAllocator(allocator);
        channel.pipeline().addLast(decoder);
        SplittableRandom random = new SplittableRandom(input.length);
        for (int at = 0; at < input.length;) {
            int length = Math.min(input.length - at, piece <= 1 ? 1 : 1 + random.nextInt(piece));
            channel.writeInbound(allocator.buffer(length).writeBytes(input, at, length));
            at += length;
        }
        channel.finish();
        StringBuilder text = new StringBuilder();
        for (Object message = channel.readInbound(); message != null; message = channel.readInbound()) {
            describe(message, text);
        }
        assertThat(allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory()).as("bytes leaked").isZero();
        return text.toString();
    }

    private static void describe(Object message, StringBuilder text) {
        if (message instanceof HttpMessage head) {
            text.append(head.decoderResult().isSuccess() ? "\nHEAD " : "\nBAD HEAD ");
            if (!head.decoderResult().isSuccess()) {
                return;
            }
            text.append(head instanceof HttpRequest r ? r.method() + " " + r.uri() : ((HttpResponse) head).status().toString())
                    .append(head.protocolVersion()).append(head.headers().entries()).append("\nBODY ");
        } else if (message instanceof HttpContent content) {
            text.append(content.content().toString(ISO_8859_1));
            if (!content.decoderResult().isSuccess()) {
                text.append("\nBAD BODY");
            } else if (content instanceof LastHttpContent last) {
                text.append("\nEND ").append(last.trailingHeaders().entries());
            }
            content.release();
        } else {
            text.append("\nREFUSED ").append(message);
        }
    }
}
