package dev.sluice.mux;

import dev.sluice.core.CloseReason;
import dev.sluice.net.StreamChannel;
import io.netty.buffer.ByteBuf;

/**
 * One stream of a {@link MuxSession}. What is written and not sent waits in the stream itself, in its turn among the others; what
 * has come and is not read waits here too, and is counted by the session.
 *
 * <p>States: <em>in the session</em>; <em>left</em>, when it was lost while bytes wait for their reader: the session knows its number no
 * more, but still counts its bytes; <em>closed</em>. Belongs to the loop of the session.
 */
public class MuxStream extends StreamChannel {
    private final MuxSession session;
    private final int id;

    // The session's notes about this stream.
    int queued;
    boolean full;
    int progress;
    long unread;
    boolean inTurn;
    boolean ending;
    int allowance; // frames that it may send although others wait
    boolean left;

    /** A stream that is to be {@linkplain MuxSession#add added} to its session. */
    protected MuxStream(MuxSession session, int id, boolean carriesHalfClose) {
        super(session.carrier(), carriesHalfClose, Integer.MAX_VALUE); // the session bounds what it keeps
        this.session = session;
        this.id = id;
    }

    /** The number of the stream in its session. */
    public final int streamId() {
        return id;
    }

    final void take(ByteBuf bytes) {
        received(bytes);
    }

    final void end() {
        if (!left) {
            peerFinished();
        }
    }

    /** Lost at once, with what waits. */
    final void lose(CloseReason reason) {
        lost(reason);
    }

    /** Lost; what waits can be read for as long as somebody does, within each {@code patience} nanoseconds. */
    final void loseBehind(CloseReason reason, long patience) {
        lostBehind(reason, patience);
        if (isOpen() && !left) {
            left = true;
            session.forgotten(this, reason);
        }
    }

    /** Looks what its reader has not taken; whether that is less than at the look before. */
    final boolean shrinks() {
        long before = unread;
        unread = unread();
        return unread < before;
    }

    final void turn() {
        sendMore();
    }

    @Override
    public final void ending() {
        if (!left) {
            session.ending(this);
        }
    }

    @Override
    protected final int sendWindow() {
        return left ? 0 : session.window(this);
    }

    @Override
    protected final void send(ByteBuf bytes) {
        session.send(this, bytes);
    }

    @Override
    protected final void sendFlush() {
        session.writer().flushSoon();
    }

    @Override
    protected final void sendFinish() {
        session.sendFinish(this);
    }

    @Override
    protected final void sendReset(CloseReason reason) {
        session.sendReset(this, reason);
    }

    @Override
    protected final void consumed(int bytes) {
        session.taken(this, bytes);
    }

    @Override
    protected final void forget(CloseReason reason) {
        if (!left) {
            left = true;
            session.forgotten(this, reason);
        }
    }
}
