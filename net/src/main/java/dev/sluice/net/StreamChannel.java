package dev.sluice.net;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.stream.Unread;
import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.socket.DuplexChannelConfig;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import io.netty.util.internal.StringUtil;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A byte stream that is no socket: one stream of a multiplexed session, one connection of a reliable transport, one end of a pair
 * in memory. Handlers see what they see of a socket: bytes on demand, {@link ChannelInputShutdownEvent} after the last one, an
 * exception and {@code channelInactive} where it was reset.
 *
 * <p><b>The session below</b> implements the hooks that begin with {@code send}, {@link #consumed}, {@link #resumeReceiving} and
 * {@link #forget}, and tells the stream what happens by {@link #received}, {@link #peerFinished}, {@link #lost}, {@link #lostBehind}
 * and {@link #sendMore}. All of them run on the stream's loop; a session of another loop hands over with {@code execute}.
 *
 * <p><b>Sending.</b> Written bytes go to {@link #send} as far as {@link #sendWindow} allows, without a copy; the rest waits in the
 * channel, which makes it unwritable, until {@link #sendMore}. A write is done when the session has taken its bytes. Output ends by
 * {@link #sendFinish} after the last of them.
 *
 * <p><b>Receiving.</b> {@link #received} queues; bytes go up the pipeline, without a copy, when somebody reads. From
 * {@code inboundLimit} on the session is told to stop. The end of input is told once every byte before it was delivered. A reset is
 * told at once, and what was queued is dropped; or, where the session wants that, as TCP does it: writes fail, what had arrived can
 * still be read, for as long as somebody reads, and then the reset is told.
 *
 * <p><b>Half-close.</b> Where the stream {@linkplain #carriesHalfClose() carries} none, its end is a full close: {@code
 * shutdownOutput} closes the channel, and once the peer has finished writes fail.
 *
 * <p>Belongs to its event loop, which may be of any transport. {@code closeReason} may be read by any thread.
 */
public abstract class StreamChannel extends AbstractChannel implements DuplexChannel, HalfCloseAware {
    private static final ChannelMetadata METADATA = new ChannelMetadata(false, 16);
    /** How many buffers one read delivers at most, as sockets do. */
    private static final int BUFFERS_PER_READ = 16;
    /** From so many queued buffers on, the reader is slow, and small pieces are gathered: each holds the whole that it was cut from. */
    private static final int GATHER_FROM = 16;
    private static final int SMALL = 2 * 1024;
    private static final int GATHERED = 8 * 1024;

    private final StreamChannelConfig config = new StreamChannelConfig(this);
    private final boolean carriesHalfClose;
    private final int inboundLimit;
    private final ArrayDeque<ByteBuf> inbound = new ArrayDeque<>(4);
    private final Runnable deliver = this::deliver;
    private final Runnable loopEnds = this::loopEnds;

    private int inboundBytes;
    private boolean gathering; // small pieces are gathered in the last one of inbound
    private boolean stopped;
    private boolean deliverScheduled;
    private boolean delivering;
    private boolean readPending;
    private boolean inputFinished; // the peer has said so, or we want no more
    private boolean peerFinished;
    private boolean inputEndTold;
    private boolean inputReadCompleteTold;
    private boolean outputFinished; // sendFinish was called, or the peer's full close forbids more
    private boolean peerKnows; // the peer has ended the stream for both directions: it is not told of our end
    private boolean unsent;
    private @Nullable CloseReason loss; // is told when what had arrived is read
    private @Nullable ScheduledFuture<?> patience; // with a reader of what had arrived
    private @Nullable ChannelPromise finishing;
    private @Nullable SingleThreadEventExecutor watched; // the loop, which tells when it ends
    private volatile boolean closed;
    private volatile boolean inputShutdown;
    private volatile boolean outputShutdown;
    private volatile @Nullable CloseReason closeReason;

    /**
     * A stream that is open and active as soon as it is registered.
     *
     * @param parent the session's channel, where it has one
     * @param carriesHalfClose whether one direction can end before the other
     * @param inboundLimit bytes; how much is queued for a reader who does not read before the session is told to stop
     */
    protected StreamChannel(@Nullable Channel parent, boolean carriesHalfClose, int inboundLimit) {
        super(parent);
        this.carriesHalfClose = carriesHalfClose;
        this.inboundLimit = inboundLimit;
    }

    // Hooks: what the session does for the stream.

    /** How many bytes {@link #send} may take now. Where it is 0, the session calls {@link #sendMore} when that has changed. */
    protected abstract int sendWindow();

    /**
     * Sends bytes, never more than {@link #sendWindow} has just said and never none.
     *
     * @implNote takes ownership of {@code bytes}
     */
    protected abstract void send(ByteBuf bytes);

    /** The burst of {@link #send} calls is over: time to flush. */
    protected abstract void sendFlush();

    /** Ends output, after everything sent. Called at most once, and never after {@link #sendReset}. */
    protected abstract void sendFinish();

    /** Ends both directions so that the peer sees a reset. Called at most once, and never where the peer itself has reset. */
    protected abstract void sendReset(CloseReason reason);

    /** Bytes went up the pipeline, or are dropped: the peer may be granted as many. */
    protected void consumed(int bytes) {}

    /** The reader has caught up after {@link #received} said stop. */
    protected void resumeReceiving() {}

    /**
     * The stream is closed and will not be heard of again. What arrives for it still is answered with a reset, where the protocol
     * has one. The last call, exactly once.
     */
    protected abstract void forget(CloseReason reason);

    // What the session tells the stream. On the loop; harmless when the stream is closed.

    /**
     * Bytes arrived.
     *
     * @return false where the session should hold back further ones until {@link #resumeReceiving}
     * @implNote takes ownership of {@code bytes}
     */
    protected final boolean received(ByteBuf bytes) {
        int length = bytes.readableBytes();
        if (closed || inputFinished || length == 0) {
            bytes.release();
            consumed(length);
            return true;
        }
        if (length < SMALL && inbound.size() >= GATHER_FROM) {
            gather(bytes);
        } else {
            inbound.add(bytes);
            gathering = false;
        }
        inboundBytes += length;
        if (readPending) {
            scheduleDelivery();
        }
        if (inboundBytes >= inboundLimit) {
            stopped = true;
        }
        return !stopped;
    }

    private void gather(ByteBuf piece) {
        ByteBuf last = gathering ? inbound.peekLast() : null;
        if (last == null || !last.isWritable(piece.readableBytes())) {
            last = alloc().buffer(GATHERED, GATHERED);
            inbound.add(last);
            gathering = true;
        }
        last.writeBytes(piece);
        piece.release();
    }

    /** The peer has ended its output, or the whole stream where half-close is not carried. */
    protected final void peerFinished() {
        if (closed || inputFinished) {
            return;
        }
        inputFinished = true;
        peerFinished = true;
        if (!carriesHalfClose) {
            peerKnows = true;
            endOutput();
        }
        scheduleDelivery();
    }

    /** The peer has reset the stream, or the session is lost. Both halves see it at once. */
    protected final void lost(CloseReason reason) {
        if (closed) {
            return;
        }
        peerKnows = true;
        setReason(reason);
        StreamLostException error = new StreamLostException(reason);
        inputFinished = true;
        inputEndTold = true;
        dropInbound();
        pipeline().fireExceptionCaught(error);
        streamUnsafe().closeWith(error);
    }

    /**
     * As {@link #lost}, but told behind what had arrived: writes fail from now on, reads go on, and after the last byte the loss is
     * told. Where nobody reads for {@code patience} nanoseconds, it is told without, and the rest is dropped. A stream that has ended
     * in both directions is not lost: it ends in order, if somebody reads.
     */
    protected final void lostBehind(CloseReason reason, long patience) {
        if (closed || loss != null) {
            return;
        }
        peerKnows = true;
        if (inbound.isEmpty() && (inputEndTold || !peerFinished)) {
            lost(reason);
            return;
        }
        if (!peerFinished || !outputFinished) {
            inputFinished = true;
            loss = reason;
            setReason(reason);
            eventLoop().execute(this::outputRefused); // this may be within a write
        }
        scheduleDelivery();
        awaitReader(reason, patience);
    }

    private void awaitReader(CloseReason reason, long nanos) {
        if (!inbound.isEmpty()) {
            long before = unread();
            patience = eventLoop().schedule(() -> {
                if (unread() >= before) {
                    lost(reason);
                } else {
                    awaitReader(reason, nanos);
                }
            }, nanos, TimeUnit.NANOSECONDS);
        }
    }

    /** How much of what arrived nobody has taken yet: what waits here, and what readers keep who say so when {@link Unread} asks. */
    protected final long unread() {
        Unread above = new Unread();
        pipeline().fireUserEventTriggered(above);
        return inboundBytes + above.bytes();
    }

    /** {@link #sendWindow} has become larger. */
    protected final void sendMore() {
        if (!closed) {
            streamUnsafe().flush0();
        }
    }

    /** The peer takes no more bytes: what is not sent is dropped and writes fail; input goes on. Not within {@link #send}. */
    protected final void outputRefused(CloseReason why) {
        if (!closed && !outputShutdown) {
            setReason(why);
        }
        outputRefused();
    }

    /** As {@link #outputRefused(CloseReason)}, where the peer gave no reason. */
    protected final void outputRefused() {
        if (!closed && !outputShutdown) {
            ChannelPromise waiting = finishing;
            finishing = null;
            outputFinished = true;
            endOutput();
            if (waiting != null) {
                waiting.tryFailure(new ClosedChannelException());
            }
        }
    }

    // For the owner of the channel.

    /** What carries this stream and others, where its owner wants that known; null otherwise. Any thread. */
    public @Nullable Object session() {
        return null;
    }

    /** Whether one direction can end before the other; where not, any end is a full close. */
    @Override
    public final boolean carriesHalfClose() {
        return carriesHalfClose;
    }

    /** Why the stream was closed, or before that why it takes no more output; null otherwise. Any thread. */
    public final @Nullable CloseReason closeReason() {
        return closeReason;
    }

    /**
     * Closes both directions at once; the peer sees a reset, and the reason where the protocol can carry one. What is not sent yet
     * is dropped. On the loop; harmless when closed.
     */
    public final void reset(CloseReason reason) {
        if (!closed) {
            setReason(reason);
            unsent = true;
            streamUnsafe().closeWith(new StreamLostException(reason));
        }
    }

    @Override
    public final Future<Void> reset() {
        reset(CloseReason.cancelled("reset"));
        return closeFuture();
    }

    private void setReason(CloseReason reason) {
        if (closeReason == null) {
            closeReason = reason;
        }
    }

    // Reading.

    @Override
    protected final void doBeginRead() {
        readPending = true;
        if (inputEndTold && !inputReadCompleteTold) {
            inputReadCompleteTold = true;
            eventLoop().execute(() -> pipeline().fireUserEventTriggered(ChannelInputShutdownReadComplete.INSTANCE));
        } else if (!inbound.isEmpty()) {
            scheduleDelivery();
        }
    }

    /** Delivery runs as a task: frames of one burst are delivered together, and never within a call of the session. */
    private void scheduleDelivery() {
        if (!deliverScheduled && !delivering && isRegistered()) {
            deliverScheduled = true;
            eventLoop().execute(deliver);
        }
    }

    private void deliver() {
        deliverScheduled = false;
        delivering = true;
        try {
            if (readPending && !inbound.isEmpty()) {
                deliverBytes();
            }
            if (inputFinished && inbound.isEmpty() && !inputEndTold && !closed) {
                tellEnd();
            }
        } finally {
            delivering = false;
        }
        boolean more = inbound.isEmpty() ? inputFinished && !inputEndTold : readPending;
        if (more && !closed) {
            scheduleDelivery();
        }
    }

    private void deliverBytes() {
        readPending = false;
        int count = 0;
        int bytes = 0;
        for (ByteBuf next = inbound.poll(); next != null; next = inbound.poll()) {
            int length = next.readableBytes();
            inboundBytes -= length;
            bytes += length;
            pipeline().fireChannelRead(next);
            if (++count == BUFFERS_PER_READ || closed) {
                break;
            }
        }
        consumed(bytes);
        pipeline().fireChannelReadComplete();
        if (stopped && inboundBytes <= inboundLimit / 2 && !closed) {
            stopped = false;
            resumeReceiving();
        }
    }

    private void tellEnd() {
        CloseReason lost = loss;
        if (lost == null || peerFinished) {
            tellInputEnd();
        }
        if (lost != null) {
            lost(lost);
        }
    }

    private void tellInputEnd() {
        inputEndTold = true;
        inputShutdown = true;
        if (config.isAllowHalfClosure()) {
            pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        } else {
            unsafe().close(newPromise());
        }
    }

    private void dropInbound() {
        int bytes = inboundBytes;
        inboundBytes = 0;
        for (ByteBuf next = inbound.poll(); next != null; next = inbound.poll()) {
            next.release();
        }
        if (bytes > 0) {
            consumed(bytes);
        }
    }

    // Writing.

    @Override
    protected final Object filterOutboundMessage(Object message) {
        if (message instanceof ByteBuf) {
            return message;
        }
        throw new UnsupportedOperationException("a stream carries ByteBuf, not " + StringUtil.simpleClassName(message));
    }

    @Override
    protected final void doWrite(ChannelOutboundBuffer out) {
        boolean sent = false;
        for (Object message = out.current(); message != null; message = out.current()) {
            ByteBuf bytes = (ByteBuf) message;
            int length = bytes.readableBytes();
            if (length == 0) {
                out.remove();
                continue;
            }
            int window = sendWindow();
            if (window <= 0) {
                break;
            }
            sent = true;
            if (length <= window) {
                send(bytes.retain());
                out.remove();
            } else {
                send(bytes.retainedSlice(bytes.readerIndex(), window));
                out.removeBytes(window);
            }
        }
        if (sent) {
            sendFlush();
        }
        if (finishing != null && out.isEmpty()) {
            // Not from here: the outbound buffer is in use.
            eventLoop().execute(this::finishWhenSent);
        }
    }

    /**
     * Ends output after everything written so far: unlike a socket's, this shutdown loses nothing. Where half-close is not carried
     * the channel closes.
     */
    @Override
    public final ChannelFuture shutdownOutput(ChannelPromise promise) {
        if (eventLoop().inEventLoop()) {
            beginFinish(promise);
        } else {
            eventLoop().execute(() -> beginFinish(promise));
        }
        return promise;
    }

    private void beginFinish(ChannelPromise promise) {
        ChannelPromise first = finishing;
        if (closed || outputShutdown) {
            promise.trySuccess();
        } else if (first != null) {
            first.addListener(f -> promise.trySuccess());
        } else {
            finishing = promise;
            unsafe().flush();
            finishWhenSent();
        }
    }

    private void finishWhenSent() {
        ChannelOutboundBuffer out = unsafe().outboundBuffer();
        ChannelPromise promise = finishing;
        if (promise == null || (out != null && out.totalPendingWriteBytes() > 0)) {
            return;
        }
        finishing = null;
        if (carriesHalfClose) {
            endOutput();
        } else {
            unsafe().close(newPromise());
        }
        promise.trySuccess();
    }

    private void endOutput() {
        if (!outputShutdown) {
            streamUnsafe().shutdownOutput(newPromise());
        }
    }

    @Override
    protected final void doShutdownOutput() {
        outputShutdown = true;
        if (!outputFinished) {
            outputFinished = true;
            if (!peerKnows) {
                sendFinish();
            }
        }
    }

    // Ending.

    @Override
    protected final void doClose() {
        if (closed) {
            return;
        }
        closed = true;
        inputShutdown = true;
        outputShutdown = true;
        ChannelPromise waiting = finishing;
        finishing = null;
        if (closeReason == null) {
            boolean done = inputFinished && (outputFinished || !unsent);
            closeReason = done ? CloseReason.finished() : CloseReason.of(Kind.CANCELLED, Side.SELF, "closed");
        }
        CloseReason reason = closeReason;
        if (watched != null) {
            watched.removeShutdownHook(loopEnds);
            watched = null;
        }
        if (patience != null) {
            patience.cancel(false);
            patience = null;
        }
        dropInbound();
        if (!peerKnows && !(peerFinished && outputFinished)) {
            if (unsent) {
                sendReset(reason);
            } else if (!outputFinished) {
                outputFinished = true;
                sendFinish();
            }
        }
        forget(reason);
        if (waiting != null) {
            waiting.tryFailure(new ClosedChannelException());
        }
    }

    private StreamUnsafe streamUnsafe() {
        return (StreamUnsafe) unsafe();
    }

    private final class StreamUnsafe extends AbstractUnsafe {
        @Override
        public void connect(SocketAddress remote, SocketAddress local, ChannelPromise promise) {
            promise.setFailure(new UnsupportedOperationException("a stream is born connected"));
        }

        @Override
        protected void flush0() {
            super.flush0();
        }

        /** What the session has not taken is lost by a close: the peer must not take what it has for everything. */
        @Override
        protected void close(ChannelPromise promise, Throwable cause, ClosedChannelException closeCause) {
            ChannelOutboundBuffer out = outboundBuffer();
            unsent |= out != null && out.totalPendingWriteBytes() > 0;
            super.close(promise, cause, closeCause);
        }

        private void closeWith(StreamLostException error) {
            ClosedChannelException closing = new ClosedChannelException();
            closing.initCause(error);
            close(voidPromise(), error, closing);
        }
    }

    // What every channel must answer.

    @Override
    protected final AbstractUnsafe newUnsafe() {
        return new StreamUnsafe();
    }

    @Override
    protected final boolean isCompatible(EventLoop loop) {
        return true;
    }

    /** Any loop will do: a stream has no descriptor to wait for. What came before the registration is delivered now. */
    @Override
    protected final void doRegister(ChannelPromise promise) {
        if (eventLoop() instanceof SingleThreadEventExecutor loop) {
            watched = loop;
            loop.addShutdownHook(loopEnds); // a loop closes only the descriptors that it waits for
        }
        promise.setSuccess();
        scheduleDelivery();
    }

    private void loopEnds() {
        watched = null; // the loop has forgotten it already
        reset(CloseReason.shutdown("the event loop ends"));
    }

    @Override
    public final DuplexChannelConfig config() {
        return config;
    }

    @Override
    public final ChannelMetadata metadata() {
        return METADATA;
    }

    @Override
    public final boolean isOpen() {
        return !closed;
    }

    @Override
    public final boolean isActive() {
        return !closed;
    }

    @Override
    protected @Nullable SocketAddress localAddress0() {
        return parent() == null ? null : parent().localAddress();
    }

    @Override
    protected @Nullable SocketAddress remoteAddress0() {
        return parent() == null ? null : parent().remoteAddress();
    }

    @Override
    protected final void doBind(SocketAddress address) {
        throw new UnsupportedOperationException("a stream has no address of its own");
    }

    @Override
    protected final void doDisconnect() {
        doClose();
    }

    @Override
    public final boolean isInputShutdown() {
        return inputShutdown;
    }

    @Override
    public final boolean isOutputShutdown() {
        return outputShutdown;
    }

    @Override
    public final boolean isShutdown() {
        return inputShutdown && outputShutdown;
    }

    @Override
    public final ChannelFuture shutdownOutput() {
        return shutdownOutput(newPromise());
    }

    @Override
    public final ChannelFuture shutdownInput() {
        return shutdownInput(newPromise());
    }

    /** Drops what arrived and is not read, and all that comes. The peer is not told. */
    @Override
    public final ChannelFuture shutdownInput(ChannelPromise promise) {
        if (eventLoop().inEventLoop()) {
            endInput(promise);
        } else {
            eventLoop().execute(() -> endInput(promise));
        }
        return promise;
    }

    private void endInput(ChannelPromise promise) {
        if (!closed) {
            inputFinished = true;
            dropInbound();
            scheduleDelivery();
        }
        promise.trySuccess();
    }

    @Override
    public final ChannelFuture shutdown() {
        return shutdown(newPromise());
    }

    @Override
    public final ChannelFuture shutdown(ChannelPromise promise) {
        shutdownInput();
        return shutdownOutput(promise);
    }
}
