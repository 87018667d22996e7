package dev.sluice.net.dial;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The race between the addresses of one target: Happy Eyeballs version 2 (RFC 8305) as a state machine.
 *
 * <p>Both families are asked for at once. IPv6 addresses start the race as soon as they come; IPv4 addresses that come first wait
 * a little for them (§3). Addresses are then tried alternately by family (§4), each one a while after the one before, or at once
 * when one fails (§5). The first that connects wins, and the others are cancelled.
 *
 * <p><b>Methods.</b> {@code handle...} takes an event; after each of them call {@link #poll} until it gives null, do what it says,
 * and come back with {@link #handleTime} at {@link #deadline()}. Times are nanoseconds since the race began.
 */
public final class HappyEyeballs {
    /** {@link #deadline()} when there is none. */
    public static final long NEVER = Long.MAX_VALUE;

    /** The smallest delay between attempts that RFC 8305 §5 allows. */
    private static final Duration MIN_ATTEMPT_DELAY = Duration.ofMillis(10);

    /**
     * The times of a race.
     *
     * @param resolution how long IPv4 addresses wait for the answer about IPv6
     * @param attempt how long an attempt runs alone before the next one starts; at least 10 ms
     * @param connect limit for one attempt
     * @param total limit for everything
     */
    public record Timing(Duration resolution, Duration attempt, Duration connect, Duration total) {
        /** Checks the delay between attempts. */
        public Timing {
            if (attempt.compareTo(MIN_ATTEMPT_DELAY) < 0) {
                throw new IllegalArgumentException("attempts less than 10 ms apart: " + attempt);
            }
        }

        /** The delays that RFC 8305 §8 recommends: 50 ms and 250 ms. */
        public static Timing recommended(Duration connect, Duration total) {
            return new Timing(Duration.ofMillis(50), Duration.ofMillis(250), connect, total);
        }
    }

    /** What is to be done. */
    public sealed interface Action {
        /** Connect to the address; the attempt's end comes back by its number. */
        record Connect(int attempt, InetAddress address) implements Action {}

        /** Close the attempt: its time is over. It counts as failed, and is not to be told again. */
        record Expire(int attempt) implements Action {}

        /** Close the attempt: nobody needs it any more. */
        record Cancel(int attempt) implements Action {}

        /** The attempt has won; the race is over. */
        record Win(int attempt) implements Action {}

        /** No address is left; the race is over. */
        record GiveUp() implements Action {}

        /** The limit for everything has passed; the race is over. */
        record RunOut() implements Action {}
    }

    private final Timing timing;
    private final ArrayDeque<InetAddress> waiting6 = new ArrayDeque<>(4);
    private final ArrayDeque<InetAddress> waiting4 = new ArrayDeque<>(4);
    private final Set<Family> answered = EnumSet.noneOf(Family.class);
    private final Map<Integer, Long> running = new LinkedHashMap<>(); // attempt -> when its time is over
    private final ArrayDeque<Action> actions = new ArrayDeque<>();
    private Family next = Family.IPV6;
    private boolean started;
    private boolean over;
    private long resolutionEnd = NEVER;
    private long nextAttempt;
    private int attempts;

    /** A race that begins now, at time 0. */
    public HappyEyeballs(Timing timing) {
        this.timing = timing;
    }

    /** The answer about one family, once for each: its addresses in the order of preference, empty where there are none. */
    public void handleAnswer(Family family, List<InetAddress> addresses, long now) {
        if (answered.add(family)) {
            waiting(family).addAll(addresses);
            if (family == Family.IPV4 && !answered.contains(Family.IPV6)) {
                resolutionEnd = now + timing.resolution.toNanos();
            }
        }
        handleTime(now);
    }

    /** The attempt has failed: the next one starts at once. */
    public void handleFailed(int attempt, long now) {
        if (running.remove(attempt) != null) {
            nextAttempt = now;
        }
        handleTime(now);
    }

    /** The attempt is connected. */
    public void handleConnected(int attempt, long now) {
        if (!over && running.remove(attempt) != null) {
            end(new Action.Win(attempt));
        }
        handleTime(now);
    }

    /** Time has passed. */
    public void handleTime(long now) {
        if (over) {
            return;
        }
        if (now >= timing.total.toNanos()) {
            end(new Action.RunOut());
            return;
        }
        expire(now);
        while (mayStart(now)) {
            start(now);
        }
        if (running.isEmpty() && nothingWaits() && answered.size() == Family.values().length) {
            end(new Action.GiveUp());
        }
    }

    /** The next thing to do; null when there is nothing for now. */
    public @Nullable Action poll() {
        return actions.poll();
    }

    /** When {@link #handleTime} must be called at the latest; {@link #NEVER} when the race is over. */
    public long deadline() {
        if (over) {
            return NEVER;
        }
        long at = timing.total.toNanos();
        for (long end : running.values()) {
            at = Math.min(at, end);
        }
        if (!nothingWaits()) {
            at = Math.min(at, started ? nextAttempt : resolutionEnd);
        }
        return at;
    }

    /** Whether the race is over: won, given up or out of time. */
    public boolean isOver() {
        return over;
    }

    private void expire(long now) {
        for (Iterator<Map.Entry<Integer, Long>> i = running.entrySet().iterator(); i.hasNext();) {
            Map.Entry<Integer, Long> attempt = i.next();
            if (now >= attempt.getValue()) {
                actions.add(new Action.Expire(attempt.getKey()));
                i.remove();
                nextAttempt = now;
            }
        }
    }

    private boolean mayStart(long now) {
        if (nothingWaits()) {
            return false;
        }
        if (started) {
            return running.isEmpty() || now >= nextAttempt;
        }
        return !waiting6.isEmpty()
                || answered.size() == Family.values().length || now >= resolutionEnd;
    }

    private void start(long now) {
        Family family = waiting(next).isEmpty() ? next.other() : next;
        InetAddress address = waiting(family).remove();
        next = family.other();
        started = true;
        nextAttempt = now + timing.attempt.toNanos();
        int attempt = attempts++;
        running.put(attempt, now + timing.connect.toNanos());
        actions.add(new Action.Connect(attempt, address));
    }

    private ArrayDeque<InetAddress> waiting(Family family) {
        return family == Family.IPV6 ? waiting6 : waiting4;
    }

    private boolean nothingWaits() {
        return waiting6.isEmpty() && waiting4.isEmpty();
    }

    private void end(Action how) {
        over = true;
        for (int attempt : running.keySet()) {
            actions.add(new Action.Cancel(attempt));
        }
        running.clear();
        actions.add(how);
    }
}
