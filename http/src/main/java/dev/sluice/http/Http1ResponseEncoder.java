package dev.sluice.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;
import java.util.List;

/** Writes responses to a client, and counts their bytes. It must be told before each whether the request was a HEAD. */
final class Http1ResponseEncoder extends HttpResponseEncoder {
    private boolean answersHead;
    private long written;

    /** Whether the next response has no body whatever its fields say. */
    void answersHead(boolean head) {
        answersHead = head;
    }

    /** Bytes written since the last call. */
    long takeWritten() {
        long bytes = written;
        written = 0;
        return bytes;
    }

    @Override
    protected boolean isContentAlwaysEmpty(HttpResponse response) {
        return answersHead || response.status().code() == 101 || super.isContentAlwaysEmpty(response);
    }

    @Override
    protected void encode(ChannelHandlerContext ctx, Object message, List<Object> out) throws Exception {
        super.encode(ctx, message, out);
        for (int i = 0; i < out.size(); i++) {
            written += ((ByteBuf) out.get(i)).readableBytes();
        }
    }
}
