package dev.sluice.rudp.channel;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.net.StreamChannel;
import dev.sluice.rudp.protocol.Connection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOutboundBuffer;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One stream of a connection as a channel of Netty, on the connection's loop. Bytes that nobody reads stay in the connection, within the
 * stream's window, so that a slow reader stops its own stream and nothing else.
 *
 * <p>The stream outlives its channel: what was written before a close is delivered.
 */
public final class RudpStreamChannel extends StreamChannel {
    /** Codes of resets, on the wire. */
    static final long CLOSED = 0;
    static final long CANCELLED = 1;

    /** Bytes that were read of the connection and not by the application. */
    private static final int INBOUND = 256 * 1024;
    private static final int READ_CHUNK = 64 * 1024;
    /** Bytes that one write hands over. */
    private static final int WRITE_CHUNK = 128 * 1024;
    private static final byte[] NOTHING = {};

    private final Session session;
    private final Connection connection;
    private final long id;

    /** Taken from the channel and not yet by the connection, whose buffer is full. */
    private @Nullable ByteBuf pending;
    private boolean finishDue;
    private boolean outputOver;
    private boolean refused;
    private boolean stopped;
    private boolean inputOver;
    private int above;
    private @Nullable CloseReason connectionOver;
    private boolean forgotten;

    RudpStreamChannel(Session session, long id) {
        super(null, true, INBOUND);
        this.session = session;
        this.connection = session.connection();
        this.id = id;
        // Netty's adaptive one walks a sorted list for each large piece while many streams hold some
        config().setAllocator(PooledByteBufAllocator.DEFAULT);
    }

    /** The number of the stream within its connection. */
    public long streamId() {
        return id;
    }

    @Override
    public @Nullable Object session() {
        return session.attachment();
    }

    // ---- what the connection says

    void onReadable() {
        long now = System.nanoTime();
        if (stopped && !inputOver && connection.readable(id) == 0
                && connection.read(now, id, NOTHING, 0, 0) == Connection.RESET) {
            endOfInput(Connection.RESET); // no slow reader hides it
        }
        while (!stopped && !inputOver) {
            int length = (int) Math.min(connection.readable(id), READ_CHUNK);
            ByteBuf bytes = length == 0 ? Unpooled.EMPTY_BUFFER : alloc().buffer(length, length);
            int read = connection.read(now, id, bytes::writeBytes, Math.max(1, length));
            if (read <= 0) {
                bytes.release();
                endOfInput(read);
                return;
            }
            above += read;
            session.memory().count(read);
            stopped = !received(bytes);
            session.touch(); // the window may have to be told
        }
    }

    private void endOfInput(int what) {
        if (what == Connection.END) {
            inputOver = true;
            peerFinished();
        } else if (what == Connection.RESET) {
            inputOver = true;
            lost(CloseReason.of(Kind.RESET, Side.PEER, "the peer reset the stream"));
        } else if (what == Connection.CLOSED && above == 0) {
            CloseReason why = connectionOver;
            lost(why == null ? CloseReason.of(Kind.PEER_CLOSED, Side.PEER, "the connection is over") : why);
        }
    }

    void onWritable() {
        ByteBuf rest = pending;
        if (rest != null) {
            pending = null;
            write(rest);
            if (pending != null || refused) {
                finishRefusal();
                return;
            }
            if (finishDue) {
                finishNow();
            }
        } else if (!outputOver && connection.write(id, NOTHING, 0, 0) == Connection.CLOSED) {
            refused = true;
        }
        finishRefusal();
        if (!outputOver) {
            sendMore();
        }
    }

    /** The peer takes no more, or the connection is over. Not within a write of the channel. */
    void finishRefusal() {
        if (refused && !outputOver) {
            outputOver = true;
            CloseReason why = connectionOver;
            if (why != null) {
                outputRefused(why);
            } else {
                outputRefused();
            }
        }
    }

    /** The connection is over: nothing leaves any more, what came can still be read. */
    void onConnectionOver(CloseReason why, boolean deliver) {
        connectionOver = why;
        dropPending();
        if (forgotten) {
            return;
        }
        if (!deliver) {
            lost(why);
            return;
        }
        onReadable();
        if (isOpen()) {
            refused = true;
            finishRefusal();
        }
    }

    // ---- hooks of the channel

    @Override
    protected int sendWindow() {
        return pending == null && !outputOver && !refused ? WRITE_CHUNK : 0;
    }

    @Override
    protected void send(ByteBuf bytes) {
        write(bytes);
    }

    private void write(ByteBuf bytes) {
        int length = bytes.readableBytes();
        int start = bytes.readerIndex();
        int taken = connection.write(id, (from, to, at, part) -> bytes.getBytes(start + from, to, at, part), length);
        if (taken == Connection.CLOSED) {
            refused = true;
            bytes.release();
        } else if (taken < length) {
            pending = bytes.skipBytes(taken);
        } else {
            bytes.release();
        }
        session.touch(this, refused);
    }

    @Override
    protected void sendFlush() {}

    @Override
    protected void sendFinish() {
        if (pending != null) {
            finishDue = true;
        } else {
            finishNow();
        }
    }

    private void finishNow() {
        finishDue = false;
        outputOver = true;
        connection.finish(id);
        session.touch();
        leave();
    }

    @Override
    protected void sendReset(CloseReason reason) {
        outputOver = true;
        dropPending();
        connection.reset(id, CANCELLED);
        connection.stopSending(System.nanoTime(), id, CANCELLED);
        inputOver = true;
        session.touch();
    }

    @Override
    protected void consumed(int bytes) {
        above -= bytes;
        session.memory().count(-bytes);
        if (above == 0 && connectionOver != null && !inputOver) {
            session.later(this::onReadable);
        }
    }

    @Override
    protected void resumeReceiving() {
        stopped = false;
        session.later(this::onReadable);
    }

    @Override
    protected void forget(CloseReason reason) {
        forgotten = true;
        if (!inputOver) {
            inputOver = true;
            connection.stopSending(System.nanoTime(), id, CLOSED);
        }
        session.touch();
        leave();
    }

    /** Whether something waits for room in the connection. */
    boolean hasUnsent() {
        ChannelOutboundBuffer out = unsafe().outboundBuffer();
        return pending != null || (out != null && out.totalPendingWriteBytes() > 0);
    }

    private void leave() {
        if (forgotten && pending == null) {
            session.leave(id);
        }
    }

    private void dropPending() {
        ByteBuf rest = pending;
        if (rest != null) {
            pending = null;
            rest.release();
        }
        leave();
    }

    @Override
    protected @Nullable SocketAddress localAddress0() {
        return session.localAddress();
    }

    @Override
    protected @Nullable SocketAddress remoteAddress0() {
        return session.remoteAddress();
    }
}
