package dev.sluice.rudp.channel;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Whose turn it is. A session that was touched is driven once, at the end of a burst of datagrams or in the next turn of the loop,
 * however often it was touched; one that the system takes no more from waits until it does; one timer of the loop serves all deadlines.
 *
 * <p>A turn is short: a few sessions, a few batches, then the sockets are read. Belongs to the loop.
 */
final class Turns {
    static final long NEVER = Long.MAX_VALUE;

    /** Batches that leave in one turn, shared among those whose turn it is, one each at least. */
    private static final int BATCHES = 16;
    private static final int SESSIONS = 32;
    /** Who waits for the system is not asked more often for what is overdue. */
    private static final long BLOCKED_NANOS = 1_000_000;

    private final EventLoop loop;
    private final Work work;
    private final DeadlineHeap deadlines = new DeadlineHeap();
    private final ArrayDeque<Session> touched = new ArrayDeque<>();
    private final ArrayDeque<Session> blocked = new ArrayDeque<>();
    private final Runnable turn = this::turn;
    private final Runnable onTimer = this::onTimer;
    private @Nullable ScheduledFuture<?> timer;
    private long timerAt = NEVER;
    private boolean scheduled;
    private boolean reading;

    /** What is done in a turn. */
    interface Work {
        /** Before the first session. */
        void begin();

        /** Whether the system takes datagrams of the session; where it seems not to, whether it does once the queue is sent. */
        boolean canSend(Session session);

        /** Passes on what the session has to say, and sends at most {@code batches}; returns whether there is more to send. */
        boolean drive(Session session, long now, int batches);

        /** Whether the session is over, after a turn of its own; then it is forgotten here. */
        boolean over(Session session);

        /** When the session wants to be driven even if nothing happens, or {@link #NEVER}. */
        long deadline(Session session, long now);

        /** After the last session: what was sent leaves. */
        void flush();
    }

    Turns(EventLoop loop, Work work) {
        this.loop = loop;
        this.work = work;
    }

    /** Something happened to the session. */
    void touch(Session session) {
        add(session);
        schedule();
    }

    /** Datagrams come: the turn is not before {@link #readComplete}. */
    void reading() {
        reading = true;
    }

    /** All datagrams that were there are read. */
    void readComplete() {
        turn();
    }

    /** The system takes datagrams again. */
    void writableAgain() {
        for (Session session = blocked.poll(); session != null; session = blocked.poll()) {
            session.blocked = false;
            touch(session);
        }
    }

    /** A turn is wanted, if only to {@link Work#flush}. */
    void schedule() {
        if (!reading && !scheduled) {
            scheduled = true;
            loop.execute(turn);
        }
    }

    /** The session is over. */
    void forget(Session session) {
        deadlines.remove(session);
    }

    /** Nothing more is to be done. */
    void end() {
        ScheduledFuture<?> pending = timer;
        if (pending != null) {
            pending.cancel(false);
        }
    }

    private void add(Session session) {
        if (!session.touched) {
            session.touched = true;
            touched.add(session);
        }
    }

    private void turn() {
        scheduled = false;
        reading = false;
        work.begin();
        long now = System.nanoTime();
        int sessions = Math.min(touched.size(), SESSIONS);
        int batches = Math.max(1, BATCHES / Math.max(1, sessions));
        for (int i = 0; i < sessions; i++) {
            Session session = touched.remove();
            session.touched = false;
            boolean more = work.drive(session, now, work.canSend(session) ? batches : 0);
            settle(session, now, more);
        }
        work.flush();
        arm(now);
        if (!touched.isEmpty()) {
            schedule();
        }
    }

    private void settle(Session session, long now, boolean more) {
        if (work.over(session)) {
            forget(session);
            return;
        }
        long next = work.deadline(session, now);
        if (more && work.canSend(session)) {
            add(session);
        } else if (more) {
            if (!session.blocked) {
                session.blocked = true;
                blocked.add(session);
            }
            next = Math.max(next, now + BLOCKED_NANOS);
        }
        if (next == NEVER) {
            deadlines.remove(session);
        } else {
            deadlines.update(session, next);
        }
    }

    private void arm(long now) {
        Session first = deadlines.first();
        if (first == null || first.deadline >= timerAt) {
            return; // what is set comes early enough
        }
        end();
        timerAt = first.deadline;
        timer = loop.schedule(onTimer, Math.max(0, first.deadline - now), TimeUnit.NANOSECONDS);
    }

    private void onTimer() {
        timer = null;
        timerAt = NEVER;
        long now = System.nanoTime();
        for (Session first = deadlines.first(); first != null && first.deadline <= now; first = deadlines.first()) {
            deadlines.remove(first);
            first.onTimeout(now);
            add(first);
        }
        turn();
    }
}
