package dev.sluice.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpObjectDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Netty's HTTP/1 decoder behind a {@link HeadScanner}, with a brake: while it is paused it decodes nothing and keeps what comes as
 * bytes, so that one message is done with before the next is looked at, and so that the bytes behind a CONNECT or a 101 are still
 * there when the codec leaves.
 *
 * <p>Passes on what Netty's decoder does, and a {@link HeadScanner.Fault} for a head that is refused. After a fault it swallows
 * everything. The bytes kept while paused are bounded by whoever pauses it: he stops reading when {@link #held} says that
 * something came. Belongs to the loop.
 */
abstract class Http1Decoder extends HttpObjectDecoder {

    /** The peer has ended its output while the decoder is paused over bytes; {@link ChannelInputShutdownEvent} follows behind them. */
    enum EarlyEnd {
        /** The only one. */
        INSTANCE
    }

    private static final int CHUNK = 1 << 20; // no reason to cut up what was read at once

    private final HeadScanner scanner;
    private @Nullable ChannelHandlerContext context;
    private @Nullable Object heldEnd;
    private boolean inHead = true;
    private boolean paused;
    private boolean broken;
    private boolean reading;
    private long consumed;

    Http1Decoder(HttpLimits limits, HeadScanner scanner) {
        super(new HttpDecoderConfig().setMaxInitialLineLength(limits.requestLine()).setMaxHeaderSize(limits.headerSection())
                .setMaxChunkSize(CHUNK)
                .setHeadersFactory(DefaultHttpHeadersFactory.headersFactory().withValidation(false))
                .setTrailersFactory(DefaultHttpHeadersFactory.trailersFactory().withValidation(true)));
        this.scanner = scanner;
    }

    /** Decodes nothing from here on. */
    final void pause() {
        paused = true;
    }

    /** Goes on, with the bytes kept first. */
    final void resume() throws Exception {
        paused = false;
        ChannelHandlerContext c = context;
        if (reading || c == null || c.isRemoved()) {
            return; // the loop that called us goes on by itself
        }
        if (actualReadableBytes() > 0) {
            channelRead(c, Unpooled.EMPTY_BUFFER);
            if (c.isRemoved()) {
                return;
            }
            channelReadComplete(c);
        }
        Object end = heldEnd;
        if (!paused && end != null && !c.isRemoved()) {
            heldEnd = null;
            userEventTriggered(c, end);
        }
    }

    /** Bytes that came and are not decoded. */
    final int held() {
        return actualReadableBytes();
    }

    /** Whether the peer's end came behind bytes that are still held. */
    final boolean holdsEnd() {
        return heldEnd != null;
    }

    /** Whether the first bytes of a head are there, but not all of it. */
    final boolean insideHead() {
        return inHead && scanner.begun();
    }

    /** Bytes of messages decoded since the last call. */
    final long takeConsumed() {
        long bytes = consumed;
        consumed = 0;
        return bytes;
    }

    /** Whether nothing that comes is looked at any more. */
    final boolean isBroken() {
        return broken;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
        reading = true;
        try {
            super.channelRead(ctx, message);
        } finally {
            reading = false;
        }
    }

    /** Without Netty's own read request: who reads when is the business of the handler behind. */
    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        discardSomeReadBytes();
        ctx.fireChannelReadComplete();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
        if (event instanceof ChannelInputShutdownEvent && paused && actualReadableBytes() > 0) {
            heldEnd = event;
            ctx.fireUserEventTriggered(EarlyEnd.INSTANCE);
            return;
        }
        super.userEventTriggered(ctx, event);
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
        if (broken) {
            in.skipBytes(in.readableBytes());
            return;
        }
        if (paused) {
            return;
        }
        int before = in.readerIndex();
        if (inHead) {
            switch (scanner.scan(in)) {
                case MORE -> {
                    return;
                }
                case FAULT -> {
                    broken = true;
                    in.skipBytes(in.readableBytes());
                    out.add(scanner.fault());
                    return;
                }
                case COMPLETE -> inHead = false;
            }
        }
        super.decode(ctx, in, out);
        consumed += in.readerIndex() - before;
        if (out.isEmpty() || !(out.get(out.size() - 1) instanceof HttpObject last)) {
            return;
        }
        if (last.decoderResult().isFailure()) {
            broken = true;
        } else if (last instanceof LastHttpContent) {
            inHead = true;
            scanner.reset();
        }
    }

    /** The context, for whoever replays what is held. */
    final ChannelHandlerContext context() {
        return Objects.requireNonNull(context, "not in a pipeline");
    }
}
