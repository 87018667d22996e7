package dev.sluice.net.splice;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.Native;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.Errors.NativeIoException;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One socket of a {@link SplicePump}, and the direction of the bytes that come from it: socket, pipe, the other socket.
 *
 * <p>The pipe is filled only when it is empty. That makes an answer of 0 bytes unambiguous: nothing to read now, or, after a
 * hang-up, the end ({@code Native.splice} says 0 for both; the kernel reports a hang-up only after all bytes are readable).
 *
 * <p>Belongs to the event loop of the socket.
 */
public final class SpliceEnd implements BorrowingHandle, Runnable {
    // sys/epoll.h
    private static final int EPOLLIN = 0x1;
    private static final int EPOLLOUT = 0x4;
    private static final int EPOLLERR = 0x8;
    private static final int EPOLLHUP = 0x10;
    private static final int EPOLLRDHUP = 0x2000;
    private static final int EPOLLET = 1 << 31;
    // errno.h; EPIPE is what a socket says that was reset after its input had ended in order
    private static final int EPERM = 1;
    private static final int EINVAL = 22;
    private static final int EPIPE = 32;
    private static final int ENOSYS = 38;
    private static final int EOPNOTSUPP = 95;
    private static final EpollIoOps EVERYTHING = EpollIoOps.valueOf(EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);

    /** Asked for at once: a pipe is full by its pages, not by bytes, and pages of a socket hold up to 32 KiB. */
    private static final int AT_ONCE = 8 << 20;
    /** After so many bytes the other streams of the loop have their turn. */
    private static final int TURN = 4 << 20;

    private final SplicePump pump;
    private final EpollSocketChannel channel;
    private final SplicePump.Listener listener;
    private final ReadGathering gathering;
    private @Nullable IoRegistration loan;
    private @Nullable Pipe pipe;
    private int held;
    private boolean readable;
    private boolean writable;
    private boolean hungUp;
    private boolean done;
    private boolean turnScheduled;
    private @Nullable IOException failure;

    SpliceEnd(SplicePump pump, EpollSocketChannel channel, SplicePump.Listener listener) {
        this.pump = pump;
        this.channel = channel;
        this.listener = listener;
        this.gathering = new ReadGathering(this, channel);
        this.done = channel.isInputShutdown();
    }

    void begin(IoRegistration borrowed) {
        loan = borrowed;
        borrowed.submit(EVERYTHING); // what is ready already is reported at once
    }

    /** Bytes that wait in the pipe for the other socket. */
    public int held() {
        return held;
    }

    @Override
    public FileDescriptor fd() {
        return channel.fd();
    }

    @Override
    public void handle(IoRegistration registration, IoEvent event) {
        if (pump.stopped()) {
            return;
        }
        int ready = ((EpollIoEvent) event).ops().value();
        if ((ready & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
            hungUp = true;
            readable = true;
        }
        if ((ready & EPOLLIN) != 0) {
            readable = true;
        }
        if (!writable && (ready & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) {
            writable = true;
            SpliceEnd peer = pump.peer(this);
            if (peer.held > 0) {
                peer.move();
            }
        }
        if (readable && held == 0 && !done) {
            move();
        } else if ((ready & EPOLLERR) != 0 && held > 0 && !done && failure == null) {
            tellFailure();
        }
    }

    ReadGathering gathering() {
        return gathering;
    }

    /** Takes what has gathered without an event. */
    void look() {
        if (held == 0 && !done) {
            readable = true;
            move();
        }
    }

    /** While the receiver is stalled the socket is not read, and would not say that it was reset. */
    private void tellFailure() {
        try {
            int error = ((Socket) fd()).getSoError();
            if (error != 0 && error != EPIPE) {
                failure = Errors.newIOException("splice", -error);
            }
        } catch (IOException e) {
            failure = e;
        }
        if (failure != null) {
            listener.inputFailing(failure);
        }
    }

    /** The next turn. */
    @Override
    public void run() {
        turnScheduled = false;
        move();
    }

    private void move() {
        SpliceEnd peer = pump.peer(this);
        int turn = TURN;
        while (!pump.stopped() && !turnScheduled) {
            if (held == 0 && !fill()) {
                return;
            }
            if (!peer.writable) {
                listener.blocked();
                return;
            }
            int moved = drain(peer);
            if (moved > 0) {
                turn -= moved;
                listener.spliced(moved);
                if (turn <= 0 && !pump.stopped()) {
                    turnScheduled = true;
                    channel.eventLoop().execute(this);
                }
            }
        }
    }

    /** From the socket into the empty pipe; false where there is nothing to go on with. */
    private boolean fill() {
        if (!readable || done) {
            giveBack();
            return false;
        }
        if (pipe == null) {
            pipe = pump.pool().take();
            if (pipe == null) {
                listener.outOfPipes();
                return false;
            }
        }
        try {
            held = Native.splice(fd().intValue(), -1, pipe.writeEnd().intValue(), -1, AT_ONCE);
        } catch (IOException e) {
            if (refused(e)) {
                giveBack();
                listener.outOfPipes();
                return false;
            }
            failure = e;
        }
        if (held > 0) {
            gathering.took(held);
            return true;
        }
        readable = false;
        giveBack();
        if (failure != null) {
            done = true;
            listener.inputFailed(failure);
        } else if (hungUp) {
            done = true;
            listener.spliceEnded();
        } else {
            gathering.ranDry();
        }
        return false;
    }

    /** From the pipe into the other socket; 0 where it takes nothing now. */
    private int drain(SpliceEnd peer) {
        Pipe from = pipe;
        if (from == null) {
            throw new IllegalStateException("bytes are held without a pipe");
        }
        int moved = 0;
        try {
            moved = Native.splice(from.readEnd().intValue(), -1, peer.fd().intValue(), -1, held);
        } catch (IOException e) {
            if (refused(e)) {
                listener.outOfPipes(); // which takes the rest
                return 0;
            }
            done = true;
            giveBack();
            listener.outputFailed(e);
            return 0;
        }
        if (moved == 0) {
            peer.writable = false;
        }
        held -= moved;
        return moved;
    }

    /** Whether splice itself is not to be had: a kernel or a sandbox without it. Then nothing was moved, and bytes are copied. */
    private static boolean refused(IOException e) {
        return e instanceof NativeIoException error && switch (-error.expectedErr()) {
            case EPERM, EINVAL, ENOSYS, EOPNOTSUPP -> true;
            default -> false;
        };
    }

    private void giveBack() {
        if (pipe != null) {
            if (held == 0) {
                pump.pool().give(pipe);
            } else {
                pump.pool().discard(pipe);
            }
            pipe = null;
            held = 0;
        }
    }

    /** Copies what waits in the pipe, so that the caller can go on by copying; the caller owns the buffer. */
    public ByteBuf takeRest(ByteBufAllocator allocator) {
        if (held == 0 || pipe == null) {
            return Unpooled.EMPTY_BUFFER;
        }
        ByteBuf rest = allocator.directBuffer(held);
        try {
            while (held > 0) {
                int start = rest.writerIndex();
                ByteBuffer space = rest.internalNioBuffer(start, held);
                int read = pipe.readEnd().read(space, space.position(), space.limit());
                if (read <= 0) {
                    throw new IllegalStateException("a pipe has lost " + held + " bytes");
                }
                rest.writerIndex(start + read);
                held -= read;
            }
            return rest;
        } catch (IOException e) {
            rest.release();
            throw new IllegalStateException("a pipe cannot be read", e);
        } finally {
            giveBack();
        }
    }

    void end() {
        gathering.stop();
        giveBack();
        if (loan != null) {
            loan.cancel();
        }
    }

    /** The channel closes its descriptor. */
    @Override
    public void unregistered() {
        pump.stop();
    }

    /** The loop ends. */
    @Override
    public void close() {
        pump.stop();
    }
}
