package dev.sluice.mux;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import io.netty.util.collection.IntObjectMap;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a session has received and nobody has read. Where too much waits, the carrier is not read: at once for a stream that is alone,
 * which is what TCP does; later where there are several, so that the others go on and the frames behind are seen. A stream that takes
 * nothing while the carrier stands still for its sake, and others have nothing, is reset, alone. What it takes of what its reader
 * keeps above it counts, too; that is looked at now and then, and costs who reads nothing.
 *
 * <p>Belongs to the loop of the session.
 */
final class MuxBacklog {
    private final MuxSession session;
    private final IntObjectMap<MuxStream> streams;
    private final MuxLimits limits;
    private int queued; // bytes
    private int full; // streams
    private boolean paused;
    private int pause; // its number
    private boolean over;
    private @Nullable ScheduledFuture<?> stallCheck;

    /** {@code streams} is the table of the session. */
    MuxBacklog(MuxSession session, IntObjectMap<MuxStream> streams, MuxLimits limits) {
        this.session = session;
        this.streams = streams;
        this.limits = limits;
    }

    /** Whether the carrier must not be read; the session reads it again when {@link MuxSession#resumed} is called. */
    boolean paused() {
        return paused;
    }

    /** Nanoseconds that a lost stream waits for its reader to take something. */
    long patience() {
        return limits.stall().toNanos();
    }

    /** Bytes that nobody has read. */
    int bytes() {
        return queued;
    }

    /** A stream is new in the table. */
    void joined() {
        if (streams.size() == 2) {
            streams.values().forEach(this::measure); // one that was alone may keep more now
            resumeWhereRoom();
            if (paused) {
                watch();
            }
        }
    }

    /** {@code stream} has {@code bytes} more. */
    void received(MuxStream stream, int bytes) {
        queued += bytes;
        stream.queued += bytes;
        measure(stream);
    }

    /** What was received was handed on: may the carrier go on? */
    void pauseWhereFull() {
        if (!paused && (full > 0 || queued >= limits.session())) {
            paused = true;
            pause++;
            watch();
        }
    }

    /** {@code bytes} of {@code stream} were read, or dropped. */
    void taken(MuxStream stream, int bytes) {
        queued -= bytes;
        stream.queued -= bytes;
        stream.progress = pause;
        if (!stream.left) {
            measure(stream);
        }
        resumeWhereRoom();
    }

    /** {@code stream} has left the table. Bytes that wait in it count on for the session. */
    void left(MuxStream stream) {
        if (stream.full) {
            stream.full = false;
            full--;
        }
        resumeWhereRoom();
    }

    /** The session is over: nothing is asked of it any more. */
    void end() {
        over = true;
        paused = false;
        if (stallCheck != null) {
            stallCheck.cancel(false);
            stallCheck = null;
        }
    }

    private void measure(MuxStream stream) {
        int limit = streams.size() > 1 ? limits.stream() : limits.loneStream();
        boolean now = stream.full ? stream.queued > limit / 2 : stream.queued >= limit;
        if (now != stream.full) {
            stream.full = now;
            full += now ? 1 : -1;
        }
    }

    private void resumeWhereRoom() {
        if (paused && full == 0 && queued <= limits.session() / 2 && !over) {
            paused = false;
            if (stallCheck != null) {
                stallCheck.cancel(false);
                stallCheck = null;
            }
            session.resumed();
        }
    }

    private void watch() {
        if (stallCheck == null && streams.size() > 1) {
            stallCheck = session.loop().schedule(this::look, limits.stall().toNanos() / 8, TimeUnit.NANOSECONDS);
        }
    }

    /** This is no short pause. From now on readers have time. */
    private void look() {
        for (MuxStream stream : streams.values()) {
            if (stream.queued > 0) {
                stream.shrinks();
            }
        }
        stallCheck = session.loop().schedule(this::resetStalled, limits.stall().toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Nothing was read for a while. Resets those who took nothing since, the fullest first, until there is room. */
    private void resetStalled() {
        stallCheck = null;
        for (MuxStream stream : streams.values()) {
            if (stream.queued > 0 && stream.shrinks()) {
                stream.progress = pause;
            }
        }
        while (paused && !over) {
            MuxStream fullest = null;
            boolean starving = false;
            for (MuxStream stream : streams.values()) {
                starving |= stream.queued == 0 && !stream.ending; // whose user has gone, as far as that can be known
                if (stream.queued > 0 && stream.progress != pause && (fullest == null || stream.queued > fullest.queued)) {
                    fullest = stream;
                }
            }
            if (fullest == null || !starving) {
                break;
            }
            session.stalled(fullest);
            fullest.reset(CloseReason.of(Kind.TIMEOUT, Side.SELF, "nobody reads it while others starve"));
        }
        if (paused && !over) {
            pause++;
            stallCheck = session.loop().schedule(this::resetStalled, limits.stall().toNanos(), TimeUnit.NANOSECONDS);
        }
    }
}
