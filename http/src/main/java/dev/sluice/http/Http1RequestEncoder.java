package dev.sluice.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;

/** Writes requests to an origin: the target goes out octet by octet as it came in, the Host line first. */
final class Http1RequestEncoder extends HttpRequestEncoder {
    private static final AsciiString VERSION_AND_HOST = AsciiString.cached(" HTTP/1.1\r\nhost: ");
    private static final int CRLF = '\r' << 8 | '\n';

    @Override
    protected void encodeInitialLine(ByteBuf out, HttpRequest request) {
        ByteBufUtil.copy(request.method().asciiName(), out);
        out.writeByte(' ');
        out.writeCharSequence(request.uri(), StandardCharsets.ISO_8859_1);
        ByteBufUtil.copy(VERSION_AND_HOST, out);
        out.writeCharSequence(((Http1Request) request).authority(), StandardCharsets.ISO_8859_1);
        ByteBufUtil.writeShortBE(out, CRLF);
    }
}
