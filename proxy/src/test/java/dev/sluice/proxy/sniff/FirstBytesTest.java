package dev.sluice.proxy.sniff;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.proxy.sniff.FirstBytes.Verdict;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FirstBytesTest {
    /** What the JDK's client says first. */
    static byte[] clientHello(String serverName) {
        try {
            SSLEngine engine = SSLContext.getDefault().createSSLEngine();
            engine.setUseClientMode(true);
            if (!serverName.isEmpty()) {
                SSLParameters parameters = engine.getSSLParameters();
                parameters.setServerNames(List.of(new SNIHostName(serverName)));
                engine.setSSLParameters(parameters);
            }
            ByteBuffer out = ByteBuffer.allocate(32 * 1024);
            engine.wrap(ByteBuffer.allocate(0), out);
            byte[] bytes = new byte[out.position()];
            out.flip().get(bytes);
            return bytes;
        } catch (NoSuchAlgorithmException | SSLException e) {
            throw new AssertionError(e);
        }
    }

    /** The same ClientHello in records of {@code size} bytes (RFC 8446 §5.1). */
    static byte[] fragmented(byte[] hello, int size) {
        ByteBuf out = Unpooled.buffer();
        for (int at = 5; at < hello.length; at += size) {
            int n = Math.min(size, hello.length - at);
            out.writeByte(22).writeShort(0x0301).writeShort(n).writeBytes(hello, at, n);
        }
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        return bytes;
    }

    private static Verdict look(byte[] bytes) {
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        Verdict verdict = FirstBytes.look(in);
        assertThat(in.readerIndex()).isZero();
        return verdict;
    }

    private static Verdict look(String text) {
        return look(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 100, 10_000})
    void serverName(int recordSize) {
        byte[] hello = fragmented(clientHello("www.Example.com"), recordSize);
        assertThat(look(hello)).isEqualTo(new Verdict.Name("www.example.com"));
    }

    @Test
    void anyPieceOfAClientHelloIsEitherTheNameOrNotYet() {
        byte[] hello = clientHello("example.com");
        for (int n = 0; n < hello.length; n++) {
            byte[] piece = Arrays.copyOf(hello, n);
            assertThat(look(piece)).isIn(Verdict.MORE, new Verdict.Name("example.com"));
        }
    }

    @Test
    void withoutAServerName() {
        assertThat(look(clientHello(""))).isEqualTo(Verdict.NONE);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"GET / HTTP/1.1\\r\\nHost: Example.com\\r\\n\\r\\n|example.com",
            "GET / HTTP/1.1\\r\\nAccept: x\\r\\nhOST:example.com:8080\\r\\n|example.com",
            "OPTIONS * HTTP/1.1\\r\\nHost: example.com.\\r\\n|example.com"})
    void host(String text, String name) {
        assertThat(look(text.replace("\\r\\n", "\r\n"))).isEqualTo(new Verdict.Name(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "G", "GET ", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: exam"})
    void notYet(String text) {
        assertThat(look(text)).isEqualTo(Verdict.MORE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"SSH-2.0-OpenSSH_9\r\n", "\0\0", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n",
            "GET / HTTP/1.1\r\nHost: [::1]:80\r\n", "GET / HTTP/1.1\r\nHost: a b\r\n", "EHLO me\r\n", "\26\2\1\0\0",
            "THISISNOMETHODBECAUSEITNEVERENDS"})
    void none(String text) {
        assertThat(look(text)).isEqualTo(Verdict.NONE);
    }

    @Test
    void itGivesUpAtTheBound() {
        assertThat(look("GET / HTTP/1.1\r\nCookie: " + "x".repeat(FirstBytes.MOST))).isEqualTo(Verdict.NONE);
    }
}
