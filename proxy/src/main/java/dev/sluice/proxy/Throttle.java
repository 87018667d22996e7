package dev.sluice.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Bytes per second of one client: of its connection, of its user, or of both. It stands in the client's pipeline, right above TLS,
 * and so shapes whatever is spoken there; a relay that finds it moves bytes through the pipeline and not past it.
 *
 * <p>Bytes pass at once and are paid for afterwards: from the client, the next read waits; to the client, the rest waits in slices
 * of a twentieth of a second, and the channel is not writable meanwhile. What waits here is not in the channel's outbound buffer: by
 * that the limits of writes without progress know that no peer is to blame. One timer runs while somebody waits, none otherwise.
 *
 * <p>Belongs to the client's loop.
 */
final class Throttle extends ChannelDuplexHandler {
    private static final String NAME = "throttle";
    /** Which of the user-defined writability bits of the channel is ours; Netty's own shaping handlers take 1 to 3. */
    private static final int WRITABILITY_BIT = 9;
    private static final int SMALLEST_SLICE = 1024;
    private static final int LARGEST_SLICE = 64 * 1024;
    /** A shorter pause is not worth a timer. */
    private static final long SHORTEST_PAUSE_NANOS = 2_000_000;

    private record Waiting(Object message, ChannelPromise promise) {}

    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private @Nullable Rate connection;
    private @Nullable Rate user;
    private @Nullable ChannelHandlerContext ctx;

    private @Nullable ScheduledFuture<?> readPause;
    private long readAgainNanos;
    private boolean readWanted;
    private boolean autoReadStopped;

    private @Nullable ScheduledFuture<?> writePause;
    private boolean removed;

    private Throttle() {}

    /** Limits one connection. On the loop. */
    static void forConnection(Channel channel, Rate rate) {
        of(channel).connection = rate;
    }

    /** Limits the connection as one of its user's; null lifts the limit. On the loop. */
    static void forUser(Channel channel, @Nullable Rate rate) {
        if (rate != null || channel.pipeline().get(Throttle.class) != null) {
            of(channel).user = rate;
        }
    }

    private static Throttle of(Channel channel) {
        Throttle throttle = channel.pipeline().get(Throttle.class);
        if (throttle == null) {
            throttle = new Throttle();
            ChannelHandlerContext tls = channel.pipeline().context(SslHandler.class);
            if (tls == null) {
                channel.pipeline().addFirst(NAME, throttle);
            } else {
                channel.pipeline().addAfter(tls.name(), NAME, throttle);
            }
        }
        return throttle;
    }

    /** Whether the client of {@code channel} may send a packet of so many bytes now. */
    static boolean mayReceive(Channel channel, int bytes) {
        Throttle throttle = channel.pipeline().get(Throttle.class);
        long now = System.nanoTime();
        return throttle == null
                || (may(throttle.connection, r -> r.tryUp(bytes, now)) && may(throttle.user, r -> r.tryUp(bytes, now)));
    }

    private static boolean may(@Nullable Rate rate, Predicate<Rate> draw) {
        return rate == null || draw.test(rate);
    }

    /** Whether the client of {@code channel} may be sent a packet of so many bytes now. */
    static boolean maySend(Channel channel, int bytes) {
        Throttle throttle = channel.pipeline().get(Throttle.class);
        long now = System.nanoTime();
        return throttle == null
                || (may(throttle.connection, r -> r.tryDown(bytes, now)) && may(throttle.user, r -> r.tryDown(bytes, now)));
    }

    @Override
    public void handlerAdded(ChannelHandlerContext c) {
        ctx = c;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext c) {
        stop();
    }

    @Override
    public void channelInactive(ChannelHandlerContext c) {
        stop();
        c.fireChannelInactive();
    }

    private void stop() {
        removed = true;
        if (readPause != null) {
            readPause.cancel(false);
        }
        if (writePause != null) {
            writePause.cancel(false);
        }
        ClosedChannelException closed = new ClosedChannelException();
        for (Waiting next = waiting.poll(); next != null; next = waiting.poll()) {
            ReferenceCountUtil.release(next.message);
            next.promise.tryFailure(closed);
        }
    }

    private ChannelHandlerContext context() {
        return Objects.requireNonNull(ctx, "not in a pipeline");
    }

    // From the client.

    @Override
    public void channelRead(ChannelHandlerContext c, Object message) {
        if (message instanceof ByteBuf bytes && bytes.isReadable()) {
            long now = System.nanoTime();
            long pause = Math.max(connection == null ? 0 : connection.up(bytes.readableBytes(), now),
                    user == null ? 0 : user.up(bytes.readableBytes(), now));
            if (pause >= SHORTEST_PAUSE_NANOS) {
                pauseReads(now, pause);
            }
        }
        c.fireChannelRead(message);
    }

    private void pauseReads(long now, long pause) {
        readAgainNanos = now + pause;
        if (readPause == null && !removed) {
            if (context().channel().config().isAutoRead()) {
                autoReadStopped = true;
                context().channel().config().setAutoRead(false);
            }
            readPause = context().executor().schedule(this::readAgain, pause, TimeUnit.NANOSECONDS);
        }
    }

    private void readAgain() {
        long left = readAgainNanos - System.nanoTime();
        if (left >= SHORTEST_PAUSE_NANOS) { // more came meanwhile: not every transport obeys at once
            readPause = context().executor().schedule(this::readAgain, left, TimeUnit.NANOSECONDS);
            return;
        }
        readPause = null;
        if (autoReadStopped) {
            autoReadStopped = false;
            context().channel().config().setAutoRead(true);
        }
        if (readWanted) {
            readWanted = false;
            context().read();
        }
    }

    @Override
    public void read(ChannelHandlerContext c) {
        if (readPause == null) {
            c.read();
        } else {
            readWanted = true;
        }
    }

    // To the client.

    @Override
    public void write(ChannelHandlerContext c, Object message, ChannelPromise promise) {
        waiting.add(new Waiting(message, promise));
        if (writePause == null) {
            sendSlices();
        }
    }

    private void sendSlices() {
        int slice = slice();
        long pause = 0;
        while (pause < SHORTEST_PAUSE_NANOS) {
            Waiting first = waiting.peek();
            if (first == null) {
                break;
            }
            int sent;
            if (first.message instanceof ByteBuf bytes && bytes.readableBytes() > slice) {
                sent = slice;
                context().write(bytes.readRetainedSlice(slice));
            } else {
                sent = first.message instanceof ByteBuf bytes ? bytes.readableBytes() : 0;
                waiting.remove();
                context().write(first.message, first.promise);
            }
            long now = System.nanoTime();
            pause = sent == 0
                    ? 0
                    : Math.max(connection == null ? 0 : connection.down(sent, now), user == null ? 0 : user.down(sent, now));
        }
        if (pause >= SHORTEST_PAUSE_NANOS && !removed) {
            writePause = context().executor().schedule(this::writeAgain, pause, TimeUnit.NANOSECONDS);
        }
        writable(writePause == null);
    }

    private void writeAgain() {
        writePause = null;
        sendSlices();
        context().flush();
    }

    private int slice() {
        long rate = Math.min(connection == null ? Long.MAX_VALUE : connection.bytesPerSecond(),
                user == null ? Long.MAX_VALUE : user.bytesPerSecond());
        return Math.clamp(rate / 20, SMALLEST_SLICE, LARGEST_SLICE);
    }

    private void writable(boolean now) {
        ChannelOutboundBuffer buffer = context().channel().unsafe().outboundBuffer();
        if (buffer != null && buffer.getUserDefinedWritability(WRITABILITY_BIT) != now) {
            buffer.setUserDefinedWritability(WRITABILITY_BIT, now);
        }
    }
}
