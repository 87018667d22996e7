package dev.sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What Netty's decoder lets pass at its strictest: the reasons for {@link HeadScanner} and {@link Http1RequestHeads}. A case that fails
 * here after an update of Netty is one that we need not look for any more.
 */
class NettyDecoderTest {

    @ParameterizedTest
    @ValueSource(strings = {"GET http://a/ HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n",
            "GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "GET http://a/ HTTP/1.2\r\nHost: a\r\n\r\n", "GET\thttp://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET\u000bhttp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "GET http://a/ HTTP/1.1\r\n\r\n",
            "GET http://a/ http/1.1\r\nHost: a\r\n\r\n",
            "GET http://a/#f HTTP/1.1\r\nHost: a\r\n\r\n"})
    void accepts(String request) {
        EmbeddedChannel channel = channel();
        channel.writeInbound(Unpooled.copiedBuffer(request, StandardCharsets.ISO_8859_1));
        HttpRequest head = channel.readInbound();
        assertThat(head.decoderResult().isSuccess()).isTrue();
        channel.finishAndReleaseAll();
    }

    @ParameterizedTest
    @ValueSource(strings = "GET http://a/ HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Key1: 1\r\nSec-WebSocket-Key2: 2\r\n\r\n12345678")
    void readsABodyThatNoLengthAnnounces(String request) {
        EmbeddedChannel channel = channel();
        channel.writeInbound(Unpooled.copiedBuffer(request, StandardCharsets.ISO_8859_1));
        ReferenceCountUtil.release(channel.readInbound());
        HttpContent body = channel.readInbound();
        assertThat(body.content().readableBytes()).isEqualTo(8);
        body.release();
        channel.finishAndReleaseAll();
    }

    private static EmbeddedChannel channel() {
        return new EmbeddedChannel(new HttpRequestDecoder(
                new HttpDecoderConfig().setStrictLineParsing(true).setUseRfc9112TransferEncoding(true).setValidateHeaders(true)));
    }
}
