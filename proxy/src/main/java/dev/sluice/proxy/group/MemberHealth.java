package dev.sluice.proxy.group;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Whether one member works, as far as its use has shown, and how long it rests after it has failed.
 *
 * <p><b>States.</b> Healthy; resting, until a time; and, when the rest is over, on trial: one connection may {@link #claim} the
 * member and try it, while all others pass it by for another rest of the same length. A success ends the rest, a failure makes
 * the next one twice as long, up to a limit.
 *
 * <p>A hundred connections that fail together make one failure, not a hundred: while a member rests, late news of failures count
 * for nothing.
 *
 * <p>Any thread: one immutable state in an atomic. It has no clock and no dice: the time (nanoseconds, as {@code System.nanoTime()}) and
 * a number are arguments.
 */
public final class MemberHealth {

    /** What a piece of news has changed. */
    public enum Change {
        /** Nothing that is worth a word. */
        NONE,
        /** It worked until now. */
        FAILED,
        /** It works again. */
        RECOVERED
    }

    /**
     * @param failures in a row; 0 is healthy
     * @param since when the rest, or the trial, began
     * @param until when it ends
     * @param trial whether somebody tries it now
     */
    private record State(int failures, long since, long until, boolean trial) {
        static final State HEALTHY = new State(0, 0, 0, false);

        boolean resting(long now) {
            return failures > 0 && until - now > 0;
        }
    }

    private final long firstRest;
    private final long longestRest;
    private final AtomicReference<State> state = new AtomicReference<>(State.HEALTHY);

    /** A healthy member; rests of {@code firstRest}, doubled with each failure up to {@code longestRest}. */
    public MemberHealth(Duration firstRest, Duration longestRest) {
        this.firstRest = firstRest.toNanos();
        this.longestRest = Math.max(firstRest.toNanos(), longestRest.toNanos());
    }

    /** Whether it may be picked in the ordinary course: it is healthy, or its rest is over. */
    public boolean usable(long now) {
        return !state.get().resting(now);
    }

    /** Takes it for one connection: true where it is healthy, or where its rest is over and nobody else was first. */
    public boolean claim(long now) {
        State was = state.get();
        if (was.failures == 0) {
            return true;
        }
        return !was.resting(now) && state.compareAndSet(was, trial(was, now));
    }

    /** Takes it although it rests: where all members do, somebody must try. */
    public void force(long now) {
        state.updateAndGet(was -> was.failures == 0 ? was : trial(was, now));
    }

    private State trial(State was, long now) {
        return new State(was.failures, now, now + length(was.failures), true);
    }

    /** A connection through it came about, or failed for a reason that shows that the member itself works. */
    public Change worked() {
        if (state.get().failures == 0) {
            return Change.NONE; // no write where it is read by every connection
        }
        return state.getAndSet(State.HEALTHY).failures == 0 ? Change.NONE : Change.RECOVERED;
    }

    /**
     * The member itself failed.
     *
     * @param dice 0 to 1, makes the rest up to a quarter shorter, so that members that failed together are not tried together
     */
    public Change failed(long now, double dice) {
        State was = state.getAndUpdate(s -> {
            if (s.resting(now) && !s.trial) {
                return s;
            }
            int failures = s.failures == Integer.MAX_VALUE ? s.failures : s.failures + 1;
            return new State(failures, now, now + (long) (length(failures) * (1 - dice / 4)), false);
        });
        return was.failures == 0 ? Change.FAILED : Change.NONE;
    }

    private long length(int failures) {
        int doublings = Math.min(failures - 1, 30);
        return longestRest >> doublings < firstRest ? longestRest : firstRest << doublings;
    }

    /** Failures in a row; 0 where it is healthy. */
    public int failures() {
        return state.get().failures;
    }

    /** When the rest or the trial began; meaningless where it is healthy. */
    public long since() {
        return state.get().since;
    }

    /** What is left of the rest. */
    public Duration rest(long now) {
        State s = state.get();
        return s.resting(now) ? Duration.ofNanos(s.until - now) : Duration.ZERO;
    }
}
