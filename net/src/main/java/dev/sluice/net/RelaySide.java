package dev.sluice.net;

import dev.sluice.core.CloseReason;
import dev.sluice.net.splice.SpliceEnd;
import dev.sluice.net.splice.SplicePump;
import dev.sluice.stream.Unread;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GenericFutureListener;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * One of the two streams of a relay, and the direction of the bytes that come from it: the last handler of its pipeline.
 *
 * <p>It asks for bytes only while its peer takes them, so at most one read and {@link #MAX_PENDING} bytes wait in memory. A byte
 * counts as moved when the peer's channel has accepted it.
 *
 * <p>States of a direction: <em>flowing</em>; <em>input ended</em> (in order or by a failure; what was read before still goes to the
 * peer); <em>ended</em> (the peer has it all). What follows from an end is decided by the {@link RelaySession}.
 *
 * <p>Belongs to the relay's event loop.
 */
final class RelaySide extends ChannelInboundHandlerAdapter
        implements
            GenericFutureListener<Future<? super Void>>,
            SplicePump.Listener {
    /** Bytes that may wait for the peer before this side is not read any more. */
    private static final int MAX_PENDING = 64 * 1024;

    /** A write that knows its size: one object instead of a promise and a listener. */
    private static final class Chunk extends DefaultChannelPromise {
        private final int size;

        private Chunk(Channel channel, int size) {
            super(channel);
            this.size = size;
        }
    }

    final Channel channel;
    final CloseReason.Side name;
    private final RelaySession relay;
    private final @Nullable ReceiveBuffer buffer;
    private long moved;
    private int pending;
    private boolean reading;
    private boolean inputEnded;
    private boolean ended;
    private boolean finished;
    private @Nullable SpliceEnd spliced;
    private long writeMark = -1;
    private long writeMarkAt;

    RelaySide(RelaySession relay, Channel channel, CloseReason.Side name) {
        this.relay = relay;
        this.channel = channel;
        this.name = name;
        this.buffer = channel.config().getRecvByteBufAllocator() instanceof ReceiveBuffer own ? own : null;
    }

    /** Bytes from here that the peer has accepted. */
    long moved() {
        return moved;
    }

    /** Whether nothing more comes from here and the peer has it all. */
    boolean ended() {
        return ended;
    }

    /** Whether nothing more comes from here. */
    boolean inputEnded() {
        return inputEnded;
    }

    /** Whether bytes from here wait for the peer. */
    boolean waiting() {
        return pending > 0 || (spliced != null && spliced.held() > 0);
    }

    /** Whether the channel is a plain socket with nothing but this handler above it, and nothing waiting to be written. */
    boolean plain() {
        ChannelPipeline pipeline = channel.pipeline();
        if (!(channel instanceof EpollSocketChannel) || pipeline.first() != this || pipeline.last() != this) {
            return false;
        }
        ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
        return channel.isActive() && pending == 0 && inputEnded == ended && (out == null ? finished : out.isEmpty());
    }

    /** The pump moves the bytes from here on. */
    void spliceBy(SpliceEnd end) {
        spliced = end;
    }

    /** The pump has stopped; {@code rest} is what it had read and not delivered. */
    void copyAgain(ByteBuf rest) {
        spliced = null;
        if (rest.isReadable() && !relay.deaf(this)) {
            write(rest);
            peer().channel.flush();
        } else {
            rest.release();
        }
        proceed();
    }

    private RelaySide peer() {
        return relay.peer(this);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof ByteBuf bytes)) {
            ReferenceCountUtil.release(message);
            throw new IllegalArgumentException("a relay carries bytes, not " + message.getClass().getName());
        }
        int size = bytes.readableBytes();
        if (size == 0 || inputEnded || relay.deaf(this)) {
            bytes.release();
            return;
        }
        write(bytes);
    }

    private void write(ByteBuf bytes) {
        int size = bytes.readableBytes();
        pending += size;
        Channel to = peer().channel;
        to.write(bytes, new Chunk(to, size)).addListener(this);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        boolean asked = reading;
        reading = false;
        if (pending > 0) {
            peer().channel.flush();
            if (buffer != null) {
                buffer.drained(pending == 0);
            }
            if (pending > 0) {
                relay.watchWrites(this);
            }
        }
        proceed();
        if (!asked && !reading && channel instanceof IoUringSocketChannel && !inputEnded && !relay.deaf(this)) {
            // It reads on its own only after a hang-up, but not the end itself: whether that is a FIN or a reset.
            reading = true;
            channel.read();
        }
    }

    /** A chunk was written to the peer, or failed. */
    @Override
    public void operationComplete(Future<? super Void> write) {
        int size = ((Chunk) write).size;
        pending -= size;
        if (write.isSuccess()) {
            moved += size;
            relay.moved(this, size);
            proceed();
        } else {
            relay.outputFailed(peer(), write.cause());
        }
    }

    /** Does what can be done now: asks for more bytes, or reports the end. */
    void proceed() {
        if (relay.deaf(this) || spliced != null) {
            return;
        }
        if (inputEnded) {
            if (pending == 0 && !ended) {
                ended = true;
                relay.ended(this);
            }
        } else if (!reading && pending <= MAX_PENDING && peer().channel.isWritable()
                && !(pending == 0 && relay.spliceDue(this))) {
            reading = true;
            channel.read();
        }
    }

    /** Nothing more comes from here; what came before still goes to the peer. */
    void endInput() {
        if (!inputEnded) {
            inputEnded = true;
            relay.inputEnded(this);
        }
        peer().channel.flush();
        if (spliced != null && !waiting() && !ended) {
            ended = true;
            relay.ended(this);
        }
        proceed();
    }

    /** Ends the output of this side's channel, once. */
    void finishOutput() {
        if (!finished) {
            finished = true;
            Finish.finish(channel).addListener(done -> {
                if (!done.isSuccess()) {
                    relay.outputFailed(this, done.cause());
                }
            });
        }
    }

    /** Whether {@link #finishOutput} was called. */
    boolean finished() {
        return finished;
    }

    /**
     * Looks whether writes to the peer go on. Called now and then while bytes wait.
     *
     * @return nanoseconds since the last look that saw progress
     */
    long stalledFor(long now) {
        long mark = moved;
        ChannelOutboundBuffer out = peer().channel.unsafe().outboundBuffer();
        if (out != null) {
            mark += out.currentProgress() - out.totalPendingWriteBytes(); // a part of a large buffer, or of a TLS record, is progress
        }
        // A byte that waits above an empty outbound buffer is held back by a handler of ours, such as a rate limit.
        boolean heldBack = spliced == null && out != null && out.totalPendingWriteBytes() == 0;
        if (mark != writeMark || heldBack || !waiting()) {
            writeMark = mark;
            writeMarkAt = now;
        }
        return now - writeMarkAt;
    }

    @Override
    public void spliced(int bytes) {
        moved += bytes;
        relay.moved(this, bytes);
    }

    @Override
    public void blocked() {
        relay.watchWrites(this);
    }

    @Override
    public void spliceEnded() {
        inputEnded = true;
        relay.inputEnded(this);
        ended = true;
        relay.ended(this);
    }

    @Override
    public void inputFailing(IOException cause) {
        relay.failed(this, cause);
    }

    @Override
    public void inputFailed(IOException cause) {
        relay.failed(this, cause);
    }

    @Override
    public void outputFailed(IOException cause) {
        relay.outputFailed(peer(), cause);
    }

    @Override
    public void outOfPipes() {
        relay.copyAgain();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (channel.isWritable()) {
            peer().proceed();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent || event == SslCloseCompletionEvent.SUCCESS) {
            endInput();
        } else if (event instanceof Unread question) {
            question.add(pending - writeProgress());
        }
    }

    /** How much the peer's socket has taken of the buffer that it is being given. */
    private long writeProgress() {
        ChannelOutboundBuffer out = peer().channel.unsafe().outboundBuffer();
        return out == null ? 0 : out.currentProgress();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        endInput();
        relay.gone(this);
    }

    @Override
    @SuppressWarnings("deprecation") // so is the method that it overrides; errors of inbound handlers come here
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        relay.failed(this, cause);
    }
}
