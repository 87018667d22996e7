package dev.sluice.anytls;

import dev.sluice.anytls.frame.Command;
import dev.sluice.anytls.frame.FrameDecoder;
import dev.sluice.anytls.frame.Frames;
import dev.sluice.anytls.session.Anomaly;
import dev.sluice.anytls.session.SessionPort;
import dev.sluice.anytls.session.SessionState;
import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.Scope;
import dev.sluice.mux.MuxLimits;
import dev.sluice.mux.MuxSession;
import dev.sluice.mux.MuxStream;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What both ends of an AnyTLS session do with their channel: frames in and out, and the timer of the state machine. What frames mean
 * is the business of {@link SessionState}.
 *
 * <p>Belongs to the loop of its carrier.
 */
abstract class AnyTlsSession extends MuxSession implements SessionPort {
    private static final Logger log = LoggerFactory.getLogger(AnyTlsSession.class);

    /** With its header this fills four TLS records. */
    static final int MAX_PAYLOAD = 4 * 16_384 - Frames.HEADER;
    /** Answers that a peer does not take: nothing else can make it so many, since data waits in its streams. */
    private static final int MAX_PENDING = 1024 * 1024;
    /** What a lost session has brought has so long to get where it goes. */
    private static final long FAREWELL_SECONDS = 10;

    private final FrameDecoder decoder = new FrameDecoder();
    private final Set<Anomaly> told = EnumSet.noneOf(Anomaly.class);
    private final Scope scope;
    private final SessionObserver observer;
    private final Scope.Ownership ownership;
    private @Nullable ScheduledFuture<?> timer;
    private long timerAt;

    AnyTlsSession(Channel carrier, Scope scope, MuxLimits limits, SessionObserver observer) {
        super(carrier, limits);
        this.scope = scope;
        this.observer = observer;
        this.ownership = scope.own(why -> {
            close(why);
            return carrier.closeFuture();
        });
    }

    abstract SessionState state();

    /** Bytes have come: it is {@code now}. */
    abstract void heard(long now);

    /** Output waits to be sent: it is {@code now}. */
    void clogged(long now) {}

    final long now() {
        return loop().ticker().nanoTime();
    }

    /** Whether the peer speaks AnyTLS, as far as its first bytes tell; where not, the session is closed. */
    boolean recognise(ByteBuf bytes) {
        return true;
    }

    // What comes.

    @Override
    protected final void decode(ByteBuf bytes) {
        heard(now());
        if (recognise(bytes)) {
            decoder.decode(bytes, state());
        }
        schedule();
    }

    @Override
    public final boolean isOpen(int stream) {
        return stream(stream) != null;
    }

    @Override
    public final int openStreams() {
        return streams();
    }

    @Override
    public final boolean data(int id, ByteBuf bytes) {
        MuxStream stream = stream(id);
        if (stream == null) {
            bytes.release();
            return false;
        }
        deliver(stream, bytes);
        return true;
    }

    @Override
    public final void finished(int id) {
        finished(Objects.requireNonNull(stream(id)));
    }

    @Override
    public final void reset(int id, String why) {
        lost(Objects.requireNonNull(stream(id)), CloseReason.of(Kind.RESET, Side.PEER, why));
    }

    @Override
    public final void over(boolean byPeer, String why) {
        decoder.stop();
        log.debug("AnyTLS session with {} ends: {}", carrier().remoteAddress(), why);
        Kind kind = byPeer ? Kind.PEER_CLOSED : Kind.PROTOCOL;
        close(CloseReason.of(kind, byPeer ? Side.PEER : Side.SELF, why));
    }

    @Override
    public final void count(Anomaly what) {
        if (told.add(what)) { // the frames of a peer must not fill the log; late ones for a stream that we closed are many
            log.debug("AnyTLS session with {}: {}", carrier().remoteAddress(), what);
        }
        observer.count(what);
    }

    // What goes.

    @Override
    public final void send(int command, int stream, byte[] data) {
        if (closeReason() != null) {
            return;
        }
        int length = Math.min(data.length, Frames.MAX_DATA);
        ByteBuf out = writer().frame(Frames.HEADER + length, 0);
        Frames.write(out, command, stream, data);
        if (writer().pending() > MAX_PENDING) {
            count(Anomaly.NEVER_READS);
            decoder.stop();
            close(CloseReason.of(Kind.LIMIT, Side.SELF, "the peer takes no answers"));
        } else {
            writer().flushSoon();
        }
    }

    @Override
    protected final int maxPayload() {
        return MAX_PAYLOAD;
    }

    @Override
    protected final void writeData(MuxStream stream, ByteBuf bytes) {
        int length = bytes.readableBytes();
        Frames.header(writer().frame(Frames.HEADER, length), Command.PSH, stream.streamId(), length);
        writer().payload(bytes);
    }

    @Override
    protected final void writeFinish(MuxStream stream) {
        Frames.header(writer().frame(Frames.HEADER, 0), Command.FIN, stream.streamId(), 0);
    }

    @Override
    protected final void writeReset(MuxStream stream, CloseReason why) {
        if (closeReason() == null) {
            state().reset(stream.streamId(), why.kind().label());
        }
    }

    // Time.

    /** Sees to it that the state machine is called in time. */
    final void schedule() {
        long deadline = closeReason() == null ? state().deadline() : SessionState.NEVER;
        boolean earlier = deadline != SessionState.NEVER && deadline - timerAt < 0;
        if (timer != null && (earlier || closeReason() != null)) {
            timer.cancel(false); // one that is too early only looks, and comes again
            timer = null;
        }
        if (timer == null && deadline != SessionState.NEVER) {
            timerAt = deadline;
            timer = loop().schedule(this::due, Math.max(0, deadline - now()), TimeUnit.NANOSECONDS);
        }
    }

    private void due() {
        timer = null;
        if (closeReason() == null) {
            if (writer().pending() > 0) {
                clogged(now());
            }
            if (state().deadline() - now() <= 0) {
                state().onTime(now());
            }
            schedule();
        }
    }

    // Streams and the end.

    void established(AnyTlsStream stream) {}

    void refused(AnyTlsStream stream, String why) {}

    @Override
    protected void closed(MuxStream stream, CloseReason why) {
        state().closed(stream.streamId());
    }

    @Override
    protected final void stalled(MuxStream stream) {
        count(Anomaly.STALLED_STREAM);
    }

    @Override
    protected void ended(CloseReason why) {
        schedule();
        carrier().closeFuture().addListener(f -> {
            ownership.release();
            if (keepsArrived(why)) {
                closeScopeBehind(why);
            } else {
                scope.close(why);
            }
        });
    }

    /** What is carried further hears of the loss of its stream, behind the last byte, and ends; then the scope is empty. */
    private void closeScopeBehind(CloseReason why) {
        var last = loop().schedule(() -> scope.close(why), FAREWELL_SECONDS, TimeUnit.SECONDS);
        scope.closed().addListener(f -> last.cancel(false));
        scope.closeWhenEmpty();
    }
}
