package dev.sluice.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.haproxy.HAProxyProtocolVersion;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProxyHeadersTest {

    private static ByteBuf header(HAProxyProtocolVersion version, InetSocketAddress source, SocketAddress target) {
        EmbeddedChannel channel = new EmbeddedChannel() {
            @Override
            public SocketAddress remoteAddress() {
                return target;
            }
        };
        ProxyHeaders.write(channel, version, source);
        ByteBuf bytes = channel.readOutbound();
        assertThat(channel.pipeline().names()).as("the encoder is gone").hasSize(1);
        channel.finishAndReleaseAll();
        return bytes;
    }

    private static String text(InetSocketAddress source, SocketAddress target) {
        ByteBuf bytes = header(HAProxyProtocolVersion.V1, source, target);
        String text = bytes.toString(StandardCharsets.US_ASCII);
        bytes.release();
        return text;
    }

    private static String hex(InetSocketAddress source, SocketAddress target) {
        ByteBuf bytes = header(HAProxyProtocolVersion.V2, source, target);
        String hex = ByteBufUtil.hexDump(bytes);
        bytes.release();
        return hex;
    }

    @ParameterizedTest
    @CsvSource({"192.0.2.1, 198.51.100.2, PROXY TCP4 192.0.2.1 198.51.100.2 1234 443",
            "2001:db8::1, 2001:db8::2, PROXY TCP6 2001:db8::1 2001:db8::2 1234 443",
            "192.0.2.1, 2001:db8::2, PROXY TCP6 ::ffff:192.0.2.1 2001:db8::2 1234 443",
            "2001:db8::1, 198.51.100.2, PROXY TCP6 2001:db8::1 ::ffff:198.51.100.2 1234 443"})
    void version1(String source, String target, String line) {
        assertThat(text(new InetSocketAddress(source, 1234), new InetSocketAddress(target, 443))).isEqualTo(line + "\r\n");
    }

    @Test
    void whatHasNoAddressIsUnknown() {
        assertThat(text(InetSocketAddress.createUnresolved("somebody", 1), new InetSocketAddress("192.0.2.1", 1)))
                .isEqualTo("PROXY UNKNOWN\r\n");
        assertThat(text(new InetSocketAddress("192.0.2.1", 1), new SocketAddress() {})).isEqualTo("PROXY UNKNOWN\r\n");
        assertThat(hex(new InetSocketAddress("192.0.2.1", 1), new SocketAddress() {}))
                .isEqualTo("0d0a0d0a000d0a515549540a" + "21000000");
    }

    @ParameterizedTest
    @CsvSource({"192.0.2.1, 198.51.100.2, 2111000cc0000201c633640204d201bb",
            "2001:db8::1, 2001:db8::2, 2121002420010db800000000000000000000000120010db800000000000000000000000204d201bb",
            "192.0.2.1, 2001:db8::2, 2121002400000000000000000000ffffc000020120010db800000000000000000000000204d201bb"})
    void version2(String source, String target, String rest) {
        assertThat(hex(new InetSocketAddress(source, 1234), new InetSocketAddress(target, 443)))
                .isEqualTo("0d0a0d0a000d0a515549540a" + rest);
    }
}
