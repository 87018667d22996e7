package dev.sluice.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AsciiString;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes HTTP/1.1 messages to a stream (RFC 9112 §2, §7.1), and counts their bytes.
 *
 * <p>A head and the small pieces behind it leave as one buffer: a small message costs one entry in the channel's queue and one plain
 * system call. That is why this is no encoder in the pipeline, which would hand down each piece by itself. Nothing stays here behind a
 * {@link #flush}. Belongs to the loop.
 */
final class Http1Writer {
    private static final int HEAD = 512;
    /** A piece up to this size is copied behind what waits; a bigger one goes out by itself. */
    private static final int SMALL = 1024;
    /** What waits goes to the channel from this size on, where its water marks see it. */
    private static final int FULL = 8 * 1024;

    private static final AsciiString VERSION = AsciiString.cached("HTTP/1.1 ");
    private static final AsciiString VERSION_AND_HOST = AsciiString.cached(" HTTP/1.1\r\nhost: ");
    private static final AsciiString LAST_CHUNK = AsciiString.cached("0\r\n");
    private static final int CRLF = '\r' << 8 | '\n';
    private static final int COLON_SPACE = ':' << 8 | ' ';

    private final Channel channel;
    private final boolean failuresCaught;
    private @Nullable ChannelHandlerContext ctx;
    private @Nullable ByteBuf waiting;
    private boolean bodyless;
    private boolean chunked;
    private long written;

    /** @param failuresCaught whether a failed write comes to the handler's {@code exceptionCaught}; else nobody hears of it */
    Http1Writer(Channel channel, boolean failuresCaught) {
        this.channel = channel;
        this.failuresCaught = failuresCaught;
    }

    /** Where it writes: at the handler's place in the pipeline. */
    void at(ChannelHandlerContext context) {
        ctx = context;
    }

    /** Bytes written since the last call. */
    long takeWritten() {
        long bytes = written;
        written = 0;
        return bytes;
    }

    /** The head of a request: the target octet by octet as it came in, the Host line first (RFC 9110 §7.2). */
    void request(CharSequence method, CharSequence target, CharSequence authority, HttpHeaders headers) {
        ByteBuf out = open();
        int before = out.readableBytes();
        text(out, method);
        out.writeByte(' ');
        text(out, target);
        text(out, VERSION_AND_HOST);
        text(out, authority);
        ByteBufUtil.writeShortBE(out, CRLF);
        bodyless = false;
        fields(out, headers);
        written += out.readableBytes() - before;
    }

    /**
     * The head of a response, interim or final.
     *
     * @param answersHead whether it answers a HEAD: then it has no body whatever its fields say (RFC 9112 §6.3)
     */
    void response(HttpResponseStatus status, HttpHeaders headers, boolean answersHead) {
        int code = status.code();
        bodyless = answersHead || code / 100 == 1 || code == 204 || code == 205 || code == 304;
        if (code / 100 == 1 || code == 204) { // RFC 9112 §6.1, §6.2
            headers.remove(HttpHeaderNames.CONTENT_LENGTH);
            headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
        } else if (code == 205) { // RFC 9110 §15.3.6
            headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
            headers.set(HttpHeaderNames.CONTENT_LENGTH, HttpHeaderValues.ZERO);
        }
        ByteBuf out = open();
        int before = out.readableBytes();
        text(out, VERSION);
        text(out, status.codeAsText());
        out.writeByte(' ');
        text(out, status.reasonPhrase());
        ByteBufUtil.writeShortBE(out, CRLF);
        fields(out, headers);
        written += out.readableBytes() - before;
    }

    private void fields(ByteBuf out, HttpHeaders headers) {
        chunked = !bodyless && headers.contains(HttpHeaderNames.TRANSFER_ENCODING);
        for (Iterator<Map.Entry<CharSequence, CharSequence>> all = headers.iteratorCharSequence(); all.hasNext();) {
            Map.Entry<CharSequence, CharSequence> field = all.next();
            text(out, field.getKey());
            ByteBufUtil.writeShortBE(out, COLON_SPACE);
            text(out, field.getValue());
            ByteBufUtil.writeShortBE(out, CRLF);
        }
        ByteBufUtil.writeShortBE(out, CRLF);
    }

    private static void text(ByteBuf out, CharSequence text) {
        if (text instanceof AsciiString ascii) {
            out.writeBytes(ascii.array(), ascii.arrayOffset(), ascii.length());
        } else {
            ByteBufUtil.writeAscii(out, text);
        }
    }

    /** A piece of the body; takes the buffer over. */
    void data(ByteBuf data) {
        int length = data.readableBytes();
        if (bodyless || length == 0) {
            data.release();
            return;
        }
        if (chunked) {
            ByteBuf out = open();
            int before = out.readableBytes();
            text(out, Integer.toHexString(length));
            ByteBufUtil.writeShortBE(out, CRLF);
            written += out.readableBytes() - before + 2; // with the line end behind the piece
        }
        written += length;
        if (length <= SMALL) {
            open().writeBytes(data);
            data.release();
        } else {
            hand();
            write(data);
        }
        if (chunked) {
            ByteBufUtil.writeShortBE(open(), CRLF);
        }
        ByteBuf now = waiting;
        if (now != null && now.readableBytes() >= FULL) {
            hand();
        }
    }

    /** The end of the message; the trailers only leave where the body is chunked (RFC 9112 §7.1.2). */
    void end(HttpHeaders trailers) {
        if (chunked) {
            ByteBuf out = open();
            int before = out.readableBytes();
            text(out, LAST_CHUNK);
            chunked = false;
            bodyless = true;
            fields(out, trailers);
            written += out.readableBytes() - before;
        }
    }

    /** Sends everything written so far. */
    void flush() {
        hand();
        context().flush();
    }

    /** Nothing more is written; what waits is dropped. Harmless when done already. */
    void close() {
        ByteBuf left = waiting;
        waiting = null;
        if (left != null) {
            left.release();
        }
    }

    private ByteBuf open() {
        ByteBuf out = waiting;
        if (out == null) {
            out = channel.alloc().directBuffer(HEAD);
            waiting = out;
        }
        return out;
    }

    private void hand() {
        ByteBuf out = waiting;
        if (out != null) {
            waiting = null;
            write(out);
        }
    }

    private void write(ByteBuf bytes) {
        ChannelHandlerContext to = context();
        ChannelPromise promise = failuresCaught ? channel.voidPromise() : to.newPromise();
        to.write(bytes, promise);
    }

    private ChannelHandlerContext context() {
        ChannelHandlerContext c = ctx;
        if (c == null) {
            throw new IllegalStateException("not in a pipeline");
        }
        return c;
    }
}
