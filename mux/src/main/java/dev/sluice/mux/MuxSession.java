package dev.sluice.mux;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.CloseReasons;
import dev.sluice.net.Finish;
import dev.sluice.net.ReadHold;
import dev.sluice.net.ReceiveBuffer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Many streams over one channel, the carrier. A subclass brings the protocol: it makes frames of what streams send, and calls the
 * methods of this class for what frames say.
 *
 * <p><b>Sending.</b> Streams that have more to send than the carrier takes wait in turn; each turn is one frame. An end follows the
 * data of its stream, because a stream ends only when all of it was sent. Control frames do not wait: they find at most one gather
 * ({@link MuxWriter#GATHER_BYTES}) in front of them.
 *
 * <p><b>Receiving.</b> Bytes wait in their streams until they are read; how many is the business of {@link MuxBacklog}.
 *
 * <p><b>Ending.</b> {@link #close}, or the end of the carrier. Every stream is lost then, with the reason; {@link #ended} is the last
 * call.
 *
 * <p><b>Lost streams.</b> A stream that its peer resets, or that goes with the carrier, leaves the table at once. What had arrived for it
 * can still be read, and the loss is told behind it, as TCP does; one that nobody reads drops it after {@link MuxLimits#stall}. What we
 * end ourselves keeps nothing.
 *
 * <p>Belongs to the loop of the carrier; so do its streams.
 */
public abstract class MuxSession extends ChannelInboundHandlerAdapter {
    private static final WriteBufferWaterMark WATER_MARKS = new WriteBufferWaterMark(MuxWriter.GATHER_BYTES / 4,
            MuxWriter.GATHER_BYTES);
    private static final long LINGER_MILLIS = 1000;
    /** What the kernel takes beyond what the network has room for: more of it would only delay whatever comes behind. */
    private static final int UNSENT = 256 * 1024;

    /** Ends of a session that are no decision of ours. */
    private static final Set<Kind> BEHIND = EnumSet.of(Kind.PEER_CLOSED, Kind.RESET, Kind.TLS_TRUNCATED, Kind.TLS, Kind.TIMEOUT,
            Kind.PROTOCOL);

    private final Channel carrier;
    private final IntObjectMap<MuxStream> streams = new IntObjectHashMap<>(4);
    private final MuxBacklog backlog;
    private final ArrayDeque<MuxStream> turns = new ArrayDeque<>(2);
    private @Nullable ChannelHandlerContext ctx;
    private @Nullable MuxWriter writer;
    private int ending; // streams that only wait for their end
    private boolean serving;
    private @Nullable CloseReason reason;

    /** A session that is to be {@linkplain #begin begun}. */
    protected MuxSession(Channel carrier, MuxLimits limits) {
        this.carrier = carrier;
        this.backlog = new MuxBacklog(this, streams, limits);
    }

    // What the protocol brings.

    /** Takes frames out of {@code bytes}; the caller releases them. */
    protected abstract void decode(ByteBuf bytes);

    /** How much one frame can carry. */
    protected abstract int maxPayload();

    /**
     * Writes a frame with bytes of {@code stream}, at most {@link #maxPayload}.
     *
     * @implNote takes ownership of {@code bytes}
     */
    protected abstract void writeData(MuxStream stream, ByteBuf bytes);

    /** Writes that {@code stream} ends. */
    protected abstract void writeFinish(MuxStream stream);

    /** Writes that {@code stream} is given up. */
    protected abstract void writeReset(MuxStream stream, CloseReason why);

    /** How many bytes the peer lets {@code stream} send: a window, where the protocol has one. {@link #windowOpened} goes with it. */
    protected int credit(MuxStream stream) {
        return Integer.MAX_VALUE;
    }

    /** {@code bytes} of {@code stream} were read: where the protocol has windows, the peer may send as many. */
    protected void consumed(MuxStream stream, int bytes) {}

    /** {@code stream} is not in the table any more. */
    protected abstract void closed(MuxStream stream, CloseReason why);

    /** {@code stream} will send nothing more but its end. */
    protected void resting(MuxStream stream) {}

    /** {@code stream} is reset, because nobody reads it while others starve. */
    protected abstract void stalled(MuxStream stream);

    /** The session is over, and has no stream any more. */
    protected abstract void ended(CloseReason why);

    // For the protocol.

    /** Takes the carrier over from its {@link ReadHold} and begins to read. On the loop. */
    protected final void begin() {
        carrier.config().setAutoRead(false);
        carrier.config().setWriteBufferWaterMark(WATER_MARKS);
        carrier.config().setRecvByteBufAllocator(new ReceiveBuffer());
        if (carrier instanceof EpollSocketChannel socket) {
            socket.config().setTcpNotSentLowAt(UNSENT);
        }
        SslHandler tls = carrier.pipeline().get(SslHandler.class);
        if (tls != null) {
            tls.setWrapDataSize(0); // the writer decides what becomes one record
        }
        ReadHold.release(carrier, pipeline -> pipeline.addLast("session", this));
        if (!carrier.isActive()) {
            end(CloseReason.of(Kind.PEER_CLOSED, Side.PEER, "the carrier is closed"));
        } else if (!backlog.paused() && reason == null) {
            carrier.read();
        }
    }

    /** What all frames go through. */
    protected final MuxWriter writer() {
        return Objects.requireNonNull(writer, "the session has not begun");
    }

    /** The open stream of that number; null where there is none. */
    public final @Nullable MuxStream stream(int id) {
        return streams.get(id);
    }

    /** How many streams are open. */
    public final int streams() {
        return streams.size();
    }

    /** How many streams may still send: those that only wait for the peer's end do not count. */
    public final int busy() {
        return streams.size() - ending;
    }

    /** Puts a new stream into the table and registers it, with auto-read off and a {@link ReadHold}. */
    protected final void add(MuxStream stream) {
        streams.put(stream.streamId(), stream);
        ReadHold.install(stream, 0, null);
        carrier.eventLoop().register(stream);
        backlog.joined();
    }

    /**
     * Bytes came for {@code stream}.
     *
     * @implNote takes ownership of {@code bytes}
     */
    protected final void deliver(MuxStream stream, ByteBuf bytes) {
        backlog.received(stream, bytes.readableBytes());
        stream.take(bytes);
        backlog.pauseWhereFull();
    }

    /** The peer has ended {@code stream}. */
    protected final void finished(MuxStream stream) {
        stream.end();
    }

    /** The peer has given {@code stream} up. */
    protected final void lost(MuxStream stream, CloseReason why) {
        stream.loseBehind(why, backlog.patience());
    }

    /** {@code stream} was refused, by us or by the peer, which knows: nobody wants what had arrived. */
    protected final void refused(MuxStream stream, CloseReason why) {
        stream.lose(why);
    }

    /** The peer lets {@code stream} send more. */
    protected final void windowOpened(MuxStream stream) {
        stream.turn();
    }

    // For whoever owns the session.

    /** What the streams share. */
    public final Channel carrier() {
        return carrier;
    }

    /** The loop that all belongs to. */
    public final EventLoop loop() {
        return carrier.eventLoop();
    }

    /** Why the session is over; null while it is not. */
    public final @Nullable CloseReason closeReason() {
        return reason;
    }

    /** Ends the session: what was written goes out, the streams are lost, the carrier closes. On the loop; harmless when ended. */
    public final void close(CloseReason why) {
        end(why);
    }

    /** Whether what had arrived can still be read after an end for this reason: after one that was no decision of ours. */
    protected static boolean keepsArrived(CloseReason why) {
        return BEHIND.contains(why.kind());
    }

    // Sending.

    final int window(MuxStream stream) {
        int max = Math.min(maxPayload(), credit(stream));
        if (reason != null || max <= 0) {
            return 0;
        }
        if (turns.isEmpty() || stream.allowance > 0) {
            if (writer().room() <= 0) {
                writer().flush(); // the carrier may take it at once, and more
            }
            if (writer().room() > 0) {
                return max;
            }
        }
        await(stream);
        return 0;
    }

    private void await(MuxStream stream) {
        if (!stream.inTurn) {
            stream.inTurn = true;
            turns.add(stream);
            writer().turnSoon(); // its end serves who waits: not now, this stream is in the midst of writing
        }
    }

    final void send(MuxStream stream, ByteBuf bytes) {
        stream.allowance = 0;
        writeData(stream, bytes);
    }

    final void sendFinish(MuxStream stream) {
        if (reason == null) { // nothing is gathered any more: a stream may be closed while others are told of the end
            writeFinish(stream);
            writer().flushSoon();
        }
    }

    final void sendReset(MuxStream stream, CloseReason why) {
        if (reason == null) {
            writeReset(stream, why);
            writer().flushSoon();
        }
    }

    /** Lets streams send, one frame each, as long as the carrier takes it. */
    private void serve() {
        if (serving || reason != null) {
            return;
        }
        serving = true;
        while (!turns.isEmpty() && writer().room() > 0) {
            MuxStream next = turns.remove();
            next.inTurn = false;
            next.allowance = 1;
            next.turn();
            next.allowance = 0;
        }
        serving = false;
    }

    // Receiving.

    /** There is room again. */
    final void resumed() {
        carrier.read();
    }

    final void taken(MuxStream stream, int bytes) {
        if (reason == null && !stream.left) {
            consumed(stream, bytes);
        }
        backlog.taken(stream, bytes);
    }

    final void ending(MuxStream stream) {
        if (!stream.ending && streams.containsKey(stream.streamId())) {
            stream.ending = true;
            ending++;
            resting(stream);
        }
    }

    final void forgotten(MuxStream stream, CloseReason why) {
        if (stream.ending) {
            stream.ending = false;
            ending--;
        }
        streams.remove(stream.streamId());
        closed(stream, why);
        backlog.left(stream);
    }

    // The carrier.

    @Override
    public void handlerAdded(ChannelHandlerContext c) {
        ctx = c;
        writer = new MuxWriter(c, this::serve);
        begun();
    }

    /** The session can write now; nothing is read yet. */
    protected void begun() {}

    @Override
    public void channelRead(ChannelHandlerContext c, Object message) {
        if (message instanceof ByteBuf bytes && reason == null) {
            try {
                decode(bytes);
            } finally {
                bytes.release();
            }
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext c) {
        if (!backlog.paused()) {
            c.read();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext c) {
        if (c.channel().isWritable() && !turns.isEmpty()) {
            writer().turnSoon(); // a flush in the midst of a stream's write may have told it
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext c, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            end(CloseReason.of(Kind.PEER_CLOSED, Side.PEER, "the peer has ended the session"));
        }
    }

    @Override
    @SuppressWarnings("deprecation") // so is the method that it overrides; errors of inbound handlers come here
    public void exceptionCaught(ChannelHandlerContext c, Throwable cause) {
        end(CloseReasons.classify(cause));
    }

    @Override
    public void channelInactive(ChannelHandlerContext c) {
        end(CloseReason.of(Kind.PEER_CLOSED, Side.PEER, "the session was closed"));
    }

    private void end(CloseReason why) {
        if (reason != null) {
            return;
        }
        if (ctx != null && carrier.isActive()) {
            writer().flush();
        }
        reason = why;
        backlog.end();
        if (writer != null) {
            writer.close();
        }
        turns.clear();
        for (MuxStream stream : new ArrayList<>(streams.values())) {
            if (keepsArrived(why)) {
                lost(stream, why);
            } else {
                stream.lose(why);
            }
        }
        closeCarrier(why);
        ended(why);
    }

    /** What was written goes out first. A peer that broke the protocol is told why: its bytes are read, or a reset would hide that. */
    private void closeCarrier(CloseReason why) {
        if (!carrier.isActive() || why.by() == Side.PEER) {
            carrier.close();
            return;
        }
        carrier.read();
        var last = loop().schedule(() -> carrier.close(), LINGER_MILLIS, TimeUnit.MILLISECONDS);
        carrier.closeFuture().addListener(f -> last.cancel(false));
        Finish.finish(carrier).addListener(f -> {
            if (!f.isSuccess() || why.kind() != Kind.PROTOCOL) {
                carrier.close();
            }
        });
    }

    /** For logs and thread dumps. */
    @Override
    public String toString() {
        return getClass().getSimpleName() + "(" + carrier + ", streams " + streams.size() + ", unread " + backlog.bytes()
                + (backlog.paused() ? ", paused" : "") + ", waiting to send " + turns.size() + ")";
    }
}
