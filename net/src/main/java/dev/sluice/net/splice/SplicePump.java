package dev.sluice.net.splice;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Moves the bytes of two TCP sockets both ways with splice(2), from the event loop of both: no byte enters this process.
 *
 * <p>The channels stay what they are: registered, closable, half-closable. Only their readiness events come here while the pump
 * runs (see {@link BorrowingHandle}), edge-triggered, so that waiting costs no system call. When it begins, nothing may wait in
 * Netty's outbound buffers, and no handler but the caller's own may be in the pipelines: they would miss the bytes.
 *
 * <p>States of each direction: <em>empty</em>, no pipe is lent; <em>blocked</em>, the receiver takes no more and the pipe waits with
 * it; <em>done</em>, the input has ended or failed and every byte before that is with the receiver. Methods: {@link #start} and
 * {@link #stop}; {@link Listener} hears the rest.
 *
 * <p>Belongs to the event loop of both sockets. A descriptor is used only there, and never after its channel began to close.
 */
public final class SplicePump {

    /** Hears what becomes of the bytes that come from one of the sockets. Every method may stop the pump. */
    public interface Listener {
        /** The receiver has accepted so many bytes more. */
        void spliced(int bytes);

        /** The receiver takes no more for now. */
        void blocked();

        /** The input has ended in order, and the receiver has it all. */
        void spliceEnded();

        /** The input broke off, while the receiver is slow: what came before still goes there, then {@link #inputFailed} follows. */
        void inputFailing(IOException cause);

        /** The input broke off; the receiver has all that came before. */
        void inputFailed(IOException cause);

        /** The receiver takes nothing any more; what was in the pipe is lost. */
        void outputFailed(IOException cause);

        /** No pipe is to be had: the caller stops the pump and copies. */
        void outOfPipes();
    }

    private final PipePool pool;
    private final SpliceEnd a;
    private final SpliceEnd b;
    private boolean stopped;

    private SplicePump(PipePool pool, EpollSocketChannel a, Listener fromA, EpollSocketChannel b, Listener fromB) {
        this.pool = pool;
        this.a = new SpliceEnd(this, a, fromA);
        this.b = new SpliceEnd(this, b, fromB);
    }

    /**
     * Begins to move bytes.
     *
     * @return null where the loop does not lend descriptors
     */
    public static @Nullable SplicePump start(EpollSocketChannel a, Listener fromA, EpollSocketChannel b, Listener fromB) {
        return start(PipePool.ofLoop(), a, fromA, b, fromB);
    }

    static @Nullable SplicePump start(PipePool pool, EpollSocketChannel a, Listener fromA, EpollSocketChannel b, Listener fromB) {
        SplicePump pump = new SplicePump(pool, a, fromA, b, fromB);
        IoEventLoop loop = (IoEventLoop) a.eventLoop();
        Future<IoRegistration> loanA = loop.register(pump.a);
        Future<IoRegistration> loanB = loop.register(pump.b);
        if (!loanA.isSuccess() || !loanB.isSuccess()) {
            giveBack(loanA);
            giveBack(loanB);
            return null;
        }
        pump.a.begin(loanA.getNow());
        pump.b.begin(loanB.getNow());
        return pump;
    }

    private static void giveBack(Future<IoRegistration> loan) {
        if (loan.isSuccess()) {
            loan.getNow().cancel();
        }
    }

    /** The end of socket {@code a}: what comes from it. */
    public SpliceEnd a() {
        return a;
    }

    /** The end of socket {@code b}. */
    public SpliceEnd b() {
        return b;
    }

    SpliceEnd peer(SpliceEnd end) {
        return end == a ? b : a;
    }

    PipePool pool() {
        return pool;
    }

    boolean stopped() {
        return stopped;
    }

    /**
     * Gives the descriptors back to their channels and the pipes to the pool. What was in a pipe is lost unless
     * {@link SpliceEnd#takeRest} was called before. Harmless when called again.
     */
    public void stop() {
        if (!stopped) {
            stopped = true;
            a.end();
            b.end();
        }
    }
}
