package dev.sluice.net;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.CloseReasons;
import dev.sluice.core.Connection;
import dev.sluice.core.Scope;
import dev.sluice.net.splice.SplicePump;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GenericFutureListener;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.channels.NotYetConnectedException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One relay at work: what both directions have in common. Moving the bytes is the business of the two {@link RelaySide}s.
 *
 * <p>States: <em>running</em>, until both directions have ended or something fails; <em>cut</em>, after one side has failed: what it
 * sent before that still goes to the other side as long as that takes it, and nothing more is read from there; <em>over</em>: both channels are being closed, in
 * order or, for an {@linkplain Kind#abrupt abrupt} reason, with a reset. The result is given when both are closed.
 *
 * <p>An orderly end of one direction goes on at once where the other stream can carry a half-close. Where it cannot, the end waits
 * until the other direction has ended too, or has been silent for a while: a client that has ended may wait long for its answer, for
 * {@link RelayOptions#linger}; a target that has ended has answered, and a client that is still sending shows that at once.
 *
 * <p><b>Time.</b> Bytes touch no timer, they only leave their time behind. One task per relay looks at it when the earliest of its
 * limits may have passed, and schedules itself anew.
 *
 * <p>Belongs to the event loop of both channels.
 */
final class RelaySession implements Runnable, Scope.Closer, GenericFutureListener<Future<? super Void>> {
    private static final WriteBufferWaterMark WATER_MARKS = new WriteBufferWaterMark(64 * 1024, 512 * 1024);

    /** Until so many bytes of one direction have passed, copying is cheaper than the change. */
    private static final long SPLICE_FROM = 128 * 1024;
    private static final long SPLICE_AGAIN = 16 << 20;

    /** After a failure of one side, a receiver that takes nothing for so long is not waited for: it is told at once. */
    private static final Duration STALLED = Duration.ofSeconds(1);

    /** The end of a target is held back while its client goes on sending, and so much longer. */
    private static final Duration FAREWELL = Duration.ofMillis(200);

    private final Connection connection;
    private final RelayOptions options;
    private final EventLoop loop;
    private final Promise<RelayResult> done;
    private final RelaySide client;
    private final RelaySide target;
    private final long startedAt;
    private Scope.@Nullable Ownership ownership;
    private @Nullable ScheduledFuture<?> check;
    private long checkAt;
    private long lastMove; // an end counts as a move
    private @Nullable RelaySide firstEnded;
    private @Nullable RelaySide cut;
    private long cutAt;
    private @Nullable CloseReason reason;
    private boolean over;
    private int closed;
    private @Nullable SplicePump pump;
    private boolean spliceScheduled;
    private long spliceFrom; // bytes of one direction after which splicing is worth a try; negative: never

    RelaySession(Connection connection, Channel client, Channel target, RelayOptions options) {
        this.connection = connection;
        this.options = options;
        this.loop = client.eventLoop();
        this.done = loop.newPromise();
        prepare(client);
        prepare(target);
        this.client = new RelaySide(this, client, Side.CLIENT);
        this.target = new RelaySide(this, target, Side.TARGET);
        this.spliceFrom = options.splice() ? SPLICE_FROM : -1;
        this.startedAt = now();
        this.lastMove = startedAt;
    }

    @SuppressWarnings("deprecation") // setAutoClose has no successor
    private static void prepare(Channel channel) {
        channel.config().setAutoRead(false);
        // A failed write must not throw away what can still be read: the answer that explains it.
        channel.config().setAutoClose(false);
        channel.config().setWriteBufferWaterMark(WATER_MARKS);
        if (!(channel.config().getRecvByteBufAllocator() instanceof ReceiveBuffer)) {
            channel.config().setRecvByteBufAllocator(new ReceiveBuffer());
        }
    }

    /** Takes the channels over and begins; on their loop. */
    Future<RelayResult> start() {
        ownership = connection.scope().own(this);
        client.channel.closeFuture().addListener(this);
        target.channel.closeFuture().addListener(this);
        take(client);
        take(target);
        checkIn(options.idle());
        return done;
    }

    private void take(RelaySide side) {
        if (over) {
            return;
        }
        ReadHold.release(side.channel, pipeline -> pipeline.addLast("relay", side)); // also of a closed one: the hold knows why
        if (side.channel.isActive()) {
            side.proceed();
        } else if (!side.inputEnded()) {
            side.endInput();
            gone(side);
        }
    }

    RelaySide peer(RelaySide side) {
        return side == client ? target : client;
    }

    /** Whether what {@code side} sends is wanted no more. */
    boolean deaf(RelaySide side) {
        return over || (cut != null && cut != side);
    }

    /** {@code bytes} of {@code side} have been accepted by its peer. */
    void moved(RelaySide side, int bytes) {
        lastMove = now();
        if (side == client) {
            connection.traffic().up(bytes);
        } else {
            connection.traffic().down(bytes);
        }
    }

    /** The input of {@code side} has ended; its bytes may still be on their way to the peer. */
    void inputEnded(RelaySide side) {
        if (firstEnded == null) {
            firstEnded = side;
        }
    }

    /** Nothing more will come from {@code side}, and its peer has it all. */
    void ended(RelaySide side) {
        lastMove = now();
        RelaySide peer = peer(side);
        if (cut == side) {
            end(Objects.requireNonNull(reason));
        } else if (peer.ended()) {
            finished();
        } else if (Finish.carriesHalfClose(peer.channel) || !side.channel.isActive()) {
            peer.finishOutput();
        } else {
            if (peer.channel instanceof HalfCloseAware stream) {
                stream.ending();
            }
            checkIn(heldBack(side));
        }
    }

    /** How long there must be silence until the end of {@code side} is passed on to a stream that cannot carry it alone. */
    private Duration heldBack(RelaySide side) {
        return side == target && FAREWELL.compareTo(options.linger()) < 0 ? FAREWELL : options.linger();
    }

    private void finished() {
        Side by = firstEnded == null ? Side.PEER : firstEnded.name;
        end(CloseReason.of(Kind.FINISHED, by, ""));
    }

    /** The channel of {@code side} is closed. */
    void gone(RelaySide side) {
        if (over) {
            return;
        }
        if (reason != null) {
            end(reason);
        } else if (!peer(side).channel.isActive()) {
            finished();
        } else {
            checkIn(options.linger()); // an orderly end both ways: the peer may say so, too, or send what nobody takes
        }
    }

    /** The input of {@code side} broke off, or a handler of its pipeline failed. */
    void failed(RelaySide side, Throwable cause) {
        CloseReason why = reasonOf(side, cause);
        if (over || deaf(side) || why.kind() == Kind.FAULT || why.kind() == Kind.OVERLOAD) {
            end(why);
        } else {
            cut(side, why);
            side.endInput();
        }
    }

    /**
     * Whether {@code side} has moved enough to be worth splicing. The change is tried in a task of its own: now, Netty may be in the
     * middle of reading the socket.
     */
    boolean spliceDue(RelaySide side) {
        if (spliceFrom < 0 || side.moved() < spliceFrom) {
            return false;
        }
        if (!spliceScheduled) {
            spliceScheduled = true;
            loop.execute(this::splice);
        }
        return true;
    }

    private void splice() {
        spliceScheduled = false;
        if (over || cut != null || pump != null) {
            return;
        }
        if (client.plain() && target.plain()) {
            pump = SplicePump.start((EpollSocketChannel) client.channel, client, (EpollSocketChannel) target.channel, target);
            if (pump != null) {
                client.spliceBy(pump.a());
                target.spliceBy(pump.b());
                return;
            }
            spliceFrom = -1;
        } else {
            boolean sockets = client.channel instanceof EpollSocketChannel && target.channel instanceof EpollSocketChannel;
            spliceFrom = sockets ? Math.max(client.moved(), target.moved()) + SPLICE_FROM : -1;
        }
        client.proceed();
        target.proceed();
    }

    /** There is no pipe for these two: goes on by copying. */
    void copyAgain() {
        SplicePump stopping = Objects.requireNonNull(pump);
        ByteBuf fromClient = stopping.a().takeRest(client.channel.alloc());
        ByteBuf fromTarget = stopping.b().takeRest(target.channel.alloc());
        pump = null;
        stopping.stop();
        spliceFrom = Math.max(client.moved(), target.moved()) + SPLICE_AGAIN;
        client.copyAgain(fromClient);
        target.copyAgain(fromTarget);
    }

    /** Nothing can be written to {@code side} any more. What it said before that, and why, is still to be read. */
    void outputFailed(RelaySide side, Throwable cause) {
        CloseReason why = reasonOf(side, cause);
        if (deaf(side) || side.ended()) {
            cut(side, why);
            end(why);
        } else {
            cut(side, why);
            side.proceed();
        }
    }

    private void cut(RelaySide side, CloseReason why) {
        if (cut == null && !over) {
            cut = side;
            cutAt = now();
            reason = why;
            checkIn(options.linger());
            if (side.waiting()) {
                checkIn(STALLED.minusNanos(side.stalledFor(cutAt)));
            }
        }
    }

    private static CloseReason reasonOf(RelaySide side, Throwable cause) {
        if (cause instanceof NotYetConnectedException) { // what Netty makes of ENOTCONN: the socket was reset
            return CloseReason.of(Kind.RESET, side.name, "not connected any more");
        }
        CloseReason why = CloseReasons.classify(cause);
        return why.by() == Side.PEER ? why.by(side.name) : why;
    }

    private void end(CloseReason why) {
        if (over) {
            return;
        }
        over = true;
        if (reason == null) {
            reason = why;
        }
        if (check != null) {
            check.cancel(false);
        }
        boolean givenUp = cut != null && cut.waiting();
        if (pump != null) {
            pump.stop();
        }
        close(client, reason.kind().abrupt(), givenUp);
        close(target, reason.kind().abrupt(), givenUp);
    }

    /** Closes one side; where bytes are {@code givenUp} anyway, what its kernel still holds is not worth waiting for. */
    private void close(RelaySide side, boolean abrupt, boolean givenUp) {
        if (!abrupt && side.channel instanceof HalfCloseAware) {
            // This may be the completion of its last write, which its outbound buffer still counts as unsent.
            loop.execute(() -> side.channel.close());
        } else if (!abrupt) {
            side.channel.close();
        } else if (cut == null || cut == side || givenUp) {
            Finish.reset(side.channel);
        } else {
            DelayedReset.start(side.channel, options.linger());
        }
    }

    /** The scope closes. */
    @Override
    public Future<?> close(CloseReason why) {
        end(why);
        if (cut != null) {
            Finish.reset(peer(cut).channel);
        }
        return done;
    }

    /** One of the channels is closed. */
    @Override
    public void operationComplete(Future<? super Void> channelClosed) {
        if (++closed == 2) {
            if (ownership != null) {
                ownership.release();
            }
            end(CloseReason.finished());
            done.setSuccess(new RelayResult(client.moved(), target.moved(), Duration.ofNanos(now() - startedAt),
                    Objects.requireNonNull(reason)));
        }
    }

    /** Bytes wait for a receiver: it has {@link RelayOptions#write} to take some, or less after a failure of their sender. */
    void watchWrites(RelaySide side) {
        Duration limit = writeLimit(side);
        if (check == null || checkAt - now() > limit.toNanos()) {
            side.stalledFor(now());
            checkIn(limit);
        }
    }

    private Duration writeLimit(RelaySide side) {
        return cut == side && STALLED.compareTo(options.write()) < 0 ? STALLED : options.write();
    }

    private void checkIn(Duration delay) {
        long at = now() + delay.toNanos();
        if (over || (check != null && checkAt - at <= 0)) {
            return;
        }
        if (check != null) {
            check.cancel(false);
        }
        checkAt = at;
        check = loop.schedule(this, delay.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Looks at every limit; ends the relay, or comes back when the next one may have passed. */
    @Override
    public void run() {
        check = null;
        long now = now();
        long next = options.idle().toNanos() - (now - lastMove);
        if (next <= 0) {
            end(CloseReason.of(Kind.IDLE, Side.SELF, ""));
        }
        if (cut != null) {
            next = Math.min(next, options.linger().toNanos() - (now - cutAt));
            if (next <= 0) {
                end(Objects.requireNonNull(reason));
            }
        }
        next = Math.min(next, Math.min(checkSide(client, now), checkSide(target, now)));
        checkIn(Duration.ofNanos(next));
    }

    private long checkSide(RelaySide side, long now) {
        RelaySide peer = peer(side);
        if (side.waiting()) {
            long left = writeLimit(side).toNanos() - side.stalledFor(now);
            if (left <= 0) {
                end(cut == side ? Objects.requireNonNull(reason) : CloseReason.of(Kind.TIMEOUT, peer.name, "takes no bytes"));
            }
            return left;
        }
        if (!side.ended() || peer.ended() || (side.channel.isActive() && Finish.carriesHalfClose(peer.channel))) {
            return Long.MAX_VALUE;
        }
        long linger = options.linger().toNanos();
        long silent = now - lastMove;
        if (side.channel.isActive() && !peer.finished()) {
            long hold = heldBack(side).toNanos();
            if (silent < hold) {
                return hold - silent;
            }
            peer.finishOutput(); // the end is held back no longer; what still comes is still carried
            lastMove = now;
            return linger;
        }
        if (silent >= linger) {
            finished();
        }
        return linger - silent;
    }

    private long now() {
        return loop.ticker().nanoTime();
    }
}
