package dev.sluice.testkit;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.net.StreamChannel;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * One end of a pair of streams in memory, joined by a bounded pipe each way: the simplest {@link StreamChannel}, and the model of
 * the others. The ends may live on different loops.
 *
 * <p>It behaves as TCP does where TCP has a say: bytes for an end that is closed come back as a reset.
 */
public final class MemoryStream extends StreamChannel {
    /** Bytes that are under way in one direction at most, unless a test says otherwise. */
    public static final int CAPACITY = 64 * 1024;

    private @Nullable MemoryStream peer;
    private int window;

    private MemoryStream(int capacity, boolean carriesHalfClose) {
        super(null, carriesHalfClose, capacity);
        this.window = capacity;
    }

    /**
     * The two ends.
     *
     * @param a on the first loop
     * @param b on the second
     */
    public record Pair(MemoryStream a, MemoryStream b) {}

    /** A pair that carries half-close, as TCP does. Call off the loops. */
    public static Pair pair(EventLoop loopA, EventLoop loopB) {
        return pair(loopA, loopB, CAPACITY, true);
    }

    /**
     * A pair of {@code capacity} bytes each way.
     *
     * @param carriesHalfClose false for streams whose end is a full close, as those of AnyTLS
     */
    public static Pair pair(EventLoop loopA, EventLoop loopB, int capacity, boolean carriesHalfClose) {
        MemoryStream a = new MemoryStream(capacity, carriesHalfClose);
        MemoryStream b = new MemoryStream(capacity, carriesHalfClose);
        a.peer = b;
        b.peer = a;
        loopA.register(a).syncUninterruptibly();
        loopB.register(b).syncUninterruptibly();
        return new Pair(a, b);
    }

    private MemoryStream peer() {
        return Objects.requireNonNull(peer);
    }

    /** Always a task of its own, so that nothing happens at one end within a call of the other. */
    private void atPeer(Runnable task) {
        try {
            peer().eventLoop().execute(task);
        } catch (RejectedExecutionException e) {
            close(); // the other loop has ended, and its end of the pair with it
        }
    }

    @Override
    protected int sendWindow() {
        return window;
    }

    @Override
    protected void send(ByteBuf bytes) {
        window -= bytes.readableBytes();
        try {
            peer().eventLoop().execute(() -> peer().arrived(bytes));
        } catch (RejectedExecutionException e) {
            bytes.release();
            eventLoop().execute(() -> lost(CloseReason.of(Kind.RESET, Side.PEER, "the peer's loop has ended")));
        }
    }

    private void arrived(ByteBuf bytes) {
        if (isOpen()) {
            received(bytes);
        } else {
            bytes.release();
            atPeer(() -> peer().lost(CloseReason.of(Kind.RESET, Side.PEER, "bytes for a closed stream")));
        }
    }

    @Override
    protected void sendFlush() {}

    @Override
    protected void sendFinish() {
        atPeer(() -> peer().peerFinished());
    }

    @Override
    protected void sendReset(CloseReason reason) {
        atPeer(() -> peer().lost(CloseReason.of(Kind.RESET, Side.PEER, reason.kind().label())));
    }

    @Override
    protected void consumed(int bytes) {
        atPeer(() -> peer().granted(bytes));
    }

    private void granted(int bytes) {
        window += bytes;
        sendMore();
    }

    @Override
    protected void forget(CloseReason reason) {}
}
