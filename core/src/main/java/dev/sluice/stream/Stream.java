package dev.sluice.stream;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.CloseReasons;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.ChannelOutputShutdownEvent;
import io.netty.channel.socket.ChannelOutputShutdownException;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A byte stream for code that blocks, over any channel: it behaves like a TCP socket, whatever carries it.
 *
 * <p><b>Reading</b> returns as soon as one byte is there, and -1 at the end of input, after every byte before it. <b>Writing</b>
 * takes everything and parks while the peer is slow; a write that returned is accepted for good, and is sent even when the stream is
 * closed right after. {@link #tryWrite} takes what fits and never parks.
 *
 * <p><b>The halves are independent.</b> A thread that is parked in a read never delays a write; they share no lock. A close wakes
 * both. Time-outs are separate, too: one that expires throws {@link java.net.SocketTimeoutException}, leaves the stream usable, and
 * does not touch the other half.
 *
 * <p><b>Errors</b> carry their {@link CloseReason} ({@link dev.sluice.core.WithCloseReason}): {@link StreamClosedException} after our
 * own close, {@link StreamBrokenException} ({@code Broken pipe}) when the peer is gone, {@link StreamResetException}
 * ({@code Connection reset}) when it reset, {@link StreamIdleException} when the stream died of silence.
 *
 * <p><b>Half-close.</b> {@link #shutdownOutput} ends output while input goes on, where the channel can carry that. Over TLS and
 * streams whose end is a full close, the end of output is held back until input has ended or {@link #LINGER} has passed.
 *
 * <p>Any thread, platform or virtual, but not the event loop of the channel: parking it would stop what it waits for.
 */
public final class Stream implements ByteChannel {
    /** How long an end of output that the channel cannot carry alone is held back for input to end. */
    public static final Duration LINGER = Duration.ofSeconds(10);

    private static final int READ_LIMIT = 256 * 1024;
    private static final int WRITE_LIMIT = 256 * 1024;
    /** After a close: how long accepted bytes may take to leave. */
    private static final Duration FLUSH = Duration.ofSeconds(30);
    /** After a close: a peer that is still sending is listened to for so long or so much, or the reset would destroy our last bytes. */
    private static final Duration DRAIN = Duration.ofSeconds(1);
    private static final int DRAIN_BYTES = 1024 * 1024;

    private final Channel channel;
    private final Carrier carrier;
    private final Condition condition = new Condition();
    private final ReadHalf in;
    private final WriteHalf out;
    private final Tail tail = new Tail();
    private final InputStream input = new Input();
    private final OutputStream output = new Output();

    private Stream(Channel channel, Carrier carrier) {
        this.channel = channel;
        this.carrier = carrier;
        this.in = new ReadHalf(condition, READ_LIMIT, () -> onLoop(tail::readOn));
        this.out = new WriteHalf(channel, condition, WRITE_LIMIT, () -> onLoop(tail::advance), this::writeFailed);
    }

    /** A stream over any channel of Netty that is connected and carries {@code ByteBuf}s; the stream owns it from now on. */
    public static Stream over(Channel channel) {
        return over(channel, Carrier.PLAIN);
    }

    /** A stream over a channel whose kind {@code carrier} knows; the stream owns it from now on. */
    public static Stream over(Channel channel, Carrier carrier) {
        Stream stream = new Stream(channel, carrier);
        stream.onLoop(stream::install);
        return stream;
    }

    private void install() {
        channel.config().setAutoRead(false);
        carrier.install(channel, tail);
        if (channel.isActive()) {
            tail.readOn();
        } else {
            tail.gone();
        }
    }

    private void onLoop(Runnable task) {
        if (channel.eventLoop().inEventLoop()) {
            task.run();
        } else {
            try {
                channel.eventLoop().execute(task);
            } catch (RejectedExecutionException e) {
                // The loop has ended, and the channel with it.
                lose(CloseReasons.classify(e));
            }
        }
    }

    private void mayPark() {
        if (channel.eventLoop().inEventLoop()) {
            throw new IllegalStateException("blocking calls would stop the event loop that carries this stream;"
                    + " call from another thread, or use tryWrite");
        }
    }

    // Reading.

    /**
     * Reads at least one byte.
     *
     * @return how many; 0 only where {@code target} has no room; -1 at the end of input
     */
    @Override
    public int read(ByteBuffer target) throws IOException {
        if (!target.hasRemaining()) {
            return 0;
        }
        mayPark();
        return in.read(target.remaining(), (from, n) -> {
            int limit = target.limit();
            target.limit(target.position() + n);
            from.readBytes(target);
            target.limit(limit);
        });
    }

    /**
     * Reads at least one byte.
     *
     * @return how many; 0 only where {@code length} is 0; -1 at the end of input
     */
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        return read(ByteBuffer.wrap(target, offset, length));
    }

    /** How many bytes can be read without parking. */
    public int available() {
        return in.available();
    }

    /** The reading half as a {@code java.io} stream; closing it closes both halves, as a socket's does. */
    public InputStream input() {
        return input;
    }

    /** The same as {@link #input}, by the name that a socket has for it. */
    public InputStream inputStream() {
        return input;
    }

    /** A read that gets nothing for so long throws {@link java.net.SocketTimeoutException}; zero for no limit, as at first. */
    public void setReadTimeout(Duration limit) {
        in.parking().timeout(limit);
    }

    /** The limit of a read; zero for none. */
    public Duration readTimeout() {
        return in.parking().timeout();
    }

    // Writing.

    /** Writes everything that remains in {@code source}. Where it throws, the buffer's position says what was accepted. */
    @Override
    public int write(ByteBuffer source) throws IOException {
        mayPark();
        int length = source.remaining();
        out.write(length, (into, n) -> give(source, into, n));
        return length;
    }

    /** Writes everything. Where it times out, {@link java.io.InterruptedIOException#bytesTransferred} says what was accepted. */
    public void write(byte[] source, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, source.length);
        write(ByteBuffer.wrap(source, offset, length));
    }

    /**
     * Writes what fits now, without parking; also on an event loop.
     *
     * @return how many bytes were accepted, 0 to {@code source.remaining()}; 0 also while another thread is in {@code write}
     */
    public int tryWrite(ByteBuffer source) throws IOException {
        return out.tryWrite(source.remaining(), (into, n) -> give(source, into, n));
    }

    private static void give(ByteBuffer source, ByteBuf into, int n) {
        int limit = source.limit();
        source.limit(source.position() + n);
        into.writeBytes(source);
        source.limit(limit);
    }

    /**
     * Done when {@link #tryWrite} has room for half of what it ever takes; fails with the stream's error where it has ended. What
     * depends on it runs on the event loop, so it must not block: use the {@code Async} methods for what may.
     */
    public CompletableFuture<Void> writable() {
        return out.writable();
    }

    /** The writing half as a {@code java.io} stream; nothing waits for {@code flush}; closing it closes both halves. */
    public OutputStream output() {
        return output;
    }

    /** The same as {@link #output}, by the name that a socket has for it. */
    public OutputStream outputStream() {
        return output;
    }

    /**
     * A write that makes no progress for so long throws {@link java.net.SocketTimeoutException}; zero for no limit, as at first.
     */
    public void setWriteTimeout(Duration limit) {
        out.parking().timeout(limit);
    }

    /** The limit of a write; zero for none. */
    public Duration writeTimeout() {
        return out.parking().timeout();
    }

    /** Ends output after everything written; input goes on. Does not wait, and does nothing the second time. */
    public void shutdownOutput() {
        out.end();
    }

    /** Reads give what has arrived and then -1. The peer is not told. */
    void shutdownInput() {
        in.end();
    }

    // Both.

    /** Closes both halves: wakes who is parked, sends what was accepted, then ends the channel. Does not wait. */
    @Override
    public void close() {
        condition.close();
        in.wake();
        out.end();
        onLoop(tail::advance);
    }

    /** Closes so that the peer sees a reset: what was accepted and is not sent is dropped. Does not wait. */
    public void reset() {
        condition.close();
        in.wake();
        out.wake();
        onLoop(() -> {
            carrier.reset(channel);
            out.end();
        });
    }

    /** Whether it was not closed by us and not lost. */
    @Override
    public boolean isOpen() {
        return !condition.over();
    }

    /** Why the stream is over; null while it is open. */
    public @Nullable CloseReason closeReason() {
        return condition.reason();
    }

    /** Our end's address; null where the channel has none. */
    public @Nullable SocketAddress localAddress() {
        return channel.localAddress();
    }

    /** The peer's address; null where the channel has none. */
    public @Nullable SocketAddress remoteAddress() {
        return channel.remoteAddress();
    }

    /**
     * The connection that carries this stream among others: {@code stream.connection(RudpConnection.class)}.
     *
     * @throws IllegalStateException where it is carried by none of that type
     */
    public <T> T connection(Class<T> type) {
        Object session = carrier.session(channel);
        if (!type.isInstance(session)) {
            throw new IllegalStateException(this + " is not carried by a " + type.getSimpleName());
        }
        return type.cast(session);
    }

    /** The stream as a connected {@code Socket}, for libraries that know nothing else. Closing it closes the stream. */
    public Socket asSocket() {
        try {
            return new StreamSocket(this);
        } catch (SocketException e) {
            throw new IllegalStateException(e); // nothing is opened
        }
    }

    boolean inputEnded() {
        return in.ended();
    }

    boolean outputEnded() {
        return out.ended();
    }

    @Override
    public String toString() {
        return "stream over " + channel;
    }

    /** Input goes on where the channel is open: bytes may be under way that came before the end. On the loop. */
    private void writeFailed(Throwable cause) {
        // TLS refuses writes after the peer's close_notify.
        out.fail(cause instanceof ChannelOutputShutdownException || cause instanceof SSLException ? gone(cause) : reason(cause));
    }

    /** A reset that comes after the peer's end of output answers our write: the peer left in order, and is gone. */
    private CloseReason reason(Throwable cause) {
        CloseReason reason = CloseReasons.classify(cause);
        return reason.kind() == Kind.RESET && in.ended() ? gone(cause) : reason;
    }

    private static CloseReason gone(Throwable cause) {
        return new CloseReason(Kind.PEER_CLOSED, Side.PEER, "the peer is gone", cause);
    }

    private void lose(CloseReason reason) {
        if (condition.lose(reason)) {
            in.wake();
            out.wake();
        }
    }

    /** The last handler of the pipeline. Belongs to the event loop. */
    private final class Tail extends ChannelInboundHandlerAdapter {
        private @Nullable ChannelHandlerContext ctx;
        private boolean watched; // a close is given FLUSH
        private boolean heldBack; // an end of output is given LINGER
        private boolean finishing; // the end of output is on its way
        private boolean finished;
        private boolean socketEnded; // the peer has ended the socket, too, where its end is not that of the stream
        private boolean draining; // after a close: what comes is thrown away
        private int drained;

        @Override
        public void handlerAdded(ChannelHandlerContext c) {
            ctx = c;
        }

        private void readOn() {
            ChannelHandlerContext c = ctx;
            if (c != null && channel.isActive() && (draining || !in.ended()) && !in.full()) {
                c.read();
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext c, Object message) {
            if (!(message instanceof ByteBuf bytes)) {
                ReferenceCountUtil.release(message);
                exceptionCaught(c, new IllegalStateException("not bytes but " + message.getClass().getSimpleName()));
            } else if (condition.closed() || !bytes.isReadable()) {
                drained += bytes.readableBytes();
                bytes.release();
            } else {
                in.add(bytes);
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext c) {
            if (draining && drained >= DRAIN_BYTES) {
                channel.close();
            } else {
                readOn();
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext c, Object event) {
            if (event instanceof ChannelInputShutdownEvent) {
                in.end();
                if (!carrier.carriesHalfClose(channel)) {
                    out.fail(CloseReason.of(Kind.PEER_CLOSED, Side.PEER, "the peer has ended the stream"));
                }
                advance();
            } else if (event instanceof ChannelOutputShutdownEvent && !finishing) {
                CloseReason why = carrier.closeReason(channel);
                out.fail(why != null ? why : CloseReason.of(Kind.PEER_CLOSED, Side.PEER, "the peer takes no more"));
                advance();
            } else if (event instanceof ChannelInputShutdownReadComplete) {
                socketEnded = true;
                if (draining) {
                    channel.close();
                }
            } else if (event instanceof Unread question) {
                question.add(in.available());
            } else {
                c.fireUserEventTriggered(event);
            }
        }

        /**
         * Moves the end on, after anything that it waits for: accepted bytes are sent, then output ends, where it can alone or not at
         * once, then a closed stream listens a little longer and closes its channel.
         */
        private void advance() {
            if (condition.closed() && !watched) {
                watched = true;
                later(FLUSH, () -> {
                    if (channel.isOpen()) {
                        carrier.reset(channel);
                    }
                });
            }
            if (!out.drained()) {
                return;
            }
            if (!finishing) {
                if (condition.closed() || in.ended() || !channel.isActive() || carrier.carriesHalfClose(channel)) {
                    finishOutput();
                } else if (!heldBack) {
                    heldBack = true;
                    later(LINGER, this::finishOutput);
                }
            } else if (finished && condition.closed()) {
                closeChannel();
            }
        }

        private void finishOutput() {
            if (!finishing) {
                finishing = true;
                carrier.finish(channel).addListener(f -> {
                    finished = true;
                    advance();
                });
            }
        }

        private void closeChannel() {
            // The end of TLS is not the end of its socket: what is still unread there would turn the close into a reset.
            boolean socketGoesOn = channel instanceof SocketChannel && !carrier.carriesHalfClose(channel) && !socketEnded;
            if (!channel.isActive() || (in.ended() && !socketGoesOn)) {
                channel.close();
            } else if (!draining) {
                draining = true;
                later(DRAIN, channel::close);
                readOn();
            }
        }

        private void later(Duration delay, Runnable task) {
            Future<?> scheduled = channel.eventLoop().schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
            channel.closeFuture().addListener(f -> scheduled.cancel(false));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext c, Throwable cause) {
            CloseReason reason = reason(cause);
            CloseReason broken = out.broken();
            // A write may have seen the reset that cut TLS short; then that is the reason.
            lose(reason.kind() == Kind.TLS_TRUNCATED && broken != null ? broken : reason);
            channel.close();
        }

        @Override
        public void channelInactive(ChannelHandlerContext c) {
            gone();
        }

        private void gone() {
            CloseReason why = carrier.closeReason(channel);
            CloseReason broken = out.broken();
            if (why == null && broken == null
                    && !Boolean.TRUE.equals(channel.config().getOption(ChannelOption.ALLOW_HALF_CLOSURE))) {
                in.end(); // where half-close is not allowed, the close is how the end of input shows
            }
            if (why == null) {
                why = broken != null ? broken : CloseReason.of(Kind.PEER_CLOSED, Side.PEER, "the channel is closed");
            }
            lose(why);
            advance();
        }
    }

    private final class Input extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            return Stream.this.read(target, offset, length);
        }

        @Override
        public int available() {
            return Stream.this.available();
        }

        @Override
        public void close() {
            Stream.this.close();
        }
    }

    private final class Output extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            write(new byte[]{(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] source, int offset, int length) throws IOException {
            Stream.this.write(source, offset, length);
        }

        @Override
        public void close() {
            Stream.this.close();
        }
    }
}
