package dev.sluice.core;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node in the tree of lifetimes: server, listener, session, stream.
 *
 * <p><b>What it owns.</b> Child scopes, and resources registered with {@link #own}. Closing a scope closes what it owns, newest
 * first, each exactly once, with the {@link CloseReason} of the close. A resource is closed only when everything registered
 * after it is gone, because that may use it; child scopes that are neighbours in the order close side by side. {@link #closed()}
 * is done when every one of them is gone. A resource belongs to one scope, and nobody else closes it.
 *
 * <p><b>Threads.</b> The list of what is owned belongs to {@link #executor()} and is touched only there. {@link #child},
 * {@link #own}, {@link #close} and {@link #drain} may be called from any thread; called elsewhere they hand over. A child may have
 * another executor than its parent; where that happens ten thousand times a second, put one scope per loop between them, so that
 * joining and leaving are a few plain writes.
 *
 * <p><b>States.</b> open, then closing (the reason is set, once, by the first close; nothing new is taken in: a child or a
 * resource that comes later is closed at once with the same reason), then closed. Draining is an announcement, not a state of
 * its own: what accepts work stops accepting, what runs may finish, and the scope closes when the last child has left or when
 * the deadline passes.
 *
 * <p><b>Deadlines.</b> A scope may have one; it is never later than its parent's. When it passes, the scope closes with
 * {@link CloseReason.Kind#TIMEOUT}. {@link #within} gives an operation the smaller of its own limit and what is left.
 */
public final class Scope {
    private static final Logger log = LoggerFactory.getLogger(Scope.class);

    /** How many children are closed in one turn of the executor, so that a large scope does not stall its loop. */
    private static final int SLICE = 256;
    private static final long NO_DEADLINE = Long.MAX_VALUE;

    /** Closes a resource that a scope owns. */
    @FunctionalInterface
    public interface Closer {
        /**
         * Begins to close the resource; called once, on the scope's executor.
         *
         * @return done when the resource is gone; null where it is gone already
         */
        @Nullable
        Future<?> close(CloseReason reason);
    }

    /** The hold that a scope has on one resource. */
    public interface Ownership {
        /** The resource is gone by itself, or belongs to somebody else now: the scope forgets it, in O(1). Any thread. */
        void release();
    }

    private final String name;
    private final EventExecutor executor;
    private final @Nullable Scope parent;
    private final @Nullable Entry inParent;
    private final AtomicReference<@Nullable CloseReason> reason = new AtomicReference<>();
    private final Promise<CloseReason> closed;
    private final Promise<CloseReason> closing;

    // All below is touched on the executor only.
    private final Entry entries = new Entry(); // sentinel: next is the oldest, previous the newest
    private int children;
    private List<Runnable> drainHooks = List.of();
    private boolean draining;
    private boolean closeWhenEmpty;
    private long deadline = NO_DEADLINE; // System.nanoTime(); read from other threads only through child()
    private @Nullable ScheduledFuture<?> deadlineTask;
    private @Nullable ScheduledFuture<?> drainTask;

    private Scope(String name, EventExecutor executor, @Nullable Scope parent) {
        this.name = name;
        this.executor = executor;
        this.parent = parent;
        this.closed = executor.newPromise();
        this.closing = executor.newPromise();
        this.inParent = parent == null ? null : new Entry(parent, this);
    }

    /** A scope without a parent: the whole server, or a test. */
    public static Scope root(String name, EventExecutor executor) {
        return new Scope(name, executor, null);
    }

    /** A child on the same executor. */
    public Scope child(String childName) {
        return child(childName, executor);
    }

    /**
     * A child with an executor of its own. A child of a closing scope is closed at once, with the same reason: the caller sees it
     * by {@link #isOpen()} or by what it registers being closed.
     */
    public Scope child(String childName, EventExecutor childExecutor) {
        Scope child = new Scope(childName, childExecutor, this);
        Entry entry = Objects.requireNonNull(child.inParent);
        if (executor.inEventLoop()) {
            adopt(entry, child);
        } else {
            executor.execute(() -> adopt(entry, child));
        }
        return child;
    }

    private void adopt(Entry entry, Scope child) {
        CloseReason why = reason.get();
        if (why != null) {
            child.close(why);
        } else if (!child.closed.isDone()) {
            link(entry);
            children++;
            if (deadline != NO_DEADLINE) {
                long inherited = deadline;
                child.onExecutor(() -> child.limitDeadline(inherited));
            }
            if (draining) {
                child.onExecutor(child::announceDrain);
            }
        }
    }

    /**
     * Registers a resource.
     *
     * @return the hold, to be released when the resource is gone by itself
     */
    public Ownership own(Closer closer) {
        Entry entry = new Entry(this, closer);
        onExecutor(() -> {
            CloseReason why = reason.get();
            if (entry.released) {
                return;
            }
            if (why != null) {
                entry.released = true;
                closer.close(why);
            } else {
                link(entry);
            }
        });
        return entry;
    }

    /** Calls {@code hook} once, on the executor, when draining begins: at once where it has begun. */
    public void onDrain(Runnable hook) {
        onExecutor(() -> {
            if (draining) {
                hook.run();
            } else {
                if (drainHooks.isEmpty()) {
                    drainHooks = new ArrayList<>(2);
                }
                drainHooks.add(hook);
            }
        });
    }

    /**
     * Closes the scope and everything in it. The first call decides the reason; later calls only wait. Any thread.
     *
     * @return {@link #closed()}
     */
    public Future<CloseReason> close(CloseReason why) {
        if (reason.compareAndSet(null, why)) {
            onExecutor(() -> {
                closing.trySuccess(why);
                cancel(deadlineTask);
                cancel(drainTask);
                closeNewest();
            });
        }
        return closed;
    }

    /**
     * Stops accepting, lets the children finish, then closes; at the deadline closes whatever is left. Any thread.
     *
     * @return {@link #closed()}
     */
    public Future<CloseReason> drain(Duration limit) {
        onExecutor(() -> {
            if (reason.get() == null && drainTask == null) {
                drainTask = executor.schedule(() -> close(CloseReason.shutdown("drain deadline")), limit.toNanos(),
                        TimeUnit.NANOSECONDS);
                announceDrain();
                closeWhenEmpty();
            }
        });
        return closed;
    }

    /**
     * Closes the scope as soon as it has no child: at once where it has none. A listener calls this when draining begins, after
     * it has stopped to accept.
     */
    public void closeWhenEmpty() {
        onExecutor(() -> {
            closeWhenEmpty = true;
            if (children == 0) {
                close(CloseReason.shutdown("drained"));
            }
        });
    }

    private void announceDrain() {
        if (draining || reason.get() != null) {
            return;
        }
        draining = true;
        for (Runnable hook : drainHooks) {
            runHook(hook);
        }
        drainHooks = List.of();
        List<Scope> told = new ArrayList<>(children); // a hook may close its scope, which changes the list under the walk
        for (Entry e = entries.next; e != entries; e = e.next) {
            if (e.what instanceof Scope child) {
                told.add(child);
            }
        }
        for (Scope child : told) {
            child.onExecutor(child::announceDrain);
        }
    }

    private void runHook(Runnable hook) {
        try {
            hook.run();
        } catch (RuntimeException e) {
            log.error("a drain hook of scope {} failed", name, e);
        }
    }

    /** Gives the scope a deadline from now; an earlier one, or an earlier one above, stays in force. Any thread. */
    public void expireAfter(Duration limit) {
        long at = executor.ticker().nanoTime() + limit.toNanos();
        onExecutor(() -> limitDeadline(at));
    }

    private void limitDeadline(long at) {
        if (reason.get() != null || (deadline != NO_DEADLINE && at - deadline >= 0)) {
            return;
        }
        deadline = at;
        cancel(deadlineTask);
        long left = Math.max(0, at - executor.ticker().nanoTime());
        deadlineTask = executor.schedule(
                () -> close(CloseReason.of(CloseReason.Kind.TIMEOUT, CloseReason.Side.SELF, "deadline of " + name)), left,
                TimeUnit.NANOSECONDS);
        for (Entry e = entries.next; e != entries; e = e.next) {
            if (e.what instanceof Scope child) {
                child.onExecutor(() -> child.limitDeadline(at));
            }
        }
    }

    /** The smaller of {@code own} and what is left until the deadline of this scope. On the executor. */
    public Duration within(Duration own) {
        if (deadline == NO_DEADLINE) {
            return own;
        }
        long left = Math.max(0, deadline - executor.ticker().nanoTime());
        return left < own.toNanos() ? Duration.ofNanos(left) : own;
    }

    /** Closes newest first, a slice at a time; goes on when what it must wait for is gone. */
    private void closeNewest() {
        for (int budget = SLICE; budget > 0; budget--) {
            Entry newest = entries.previous;
            if (newest == entries) {
                finish();
                return;
            }
            if (newest.what instanceof Scope) {
                closeNeighbours(newest);
                return;
            }
            unlink(newest);
            newest.released = true;
            Future<?> gone = closeResource((Closer) newest.what);
            if (gone != null && !gone.isDone()) {
                gone.addListener(f -> onExecutor(this::closeNewest));
                return;
            }
        }
        executor.execute(this::closeNewest);
    }

    private @Nullable Future<?> closeResource(Closer closer) {
        try {
            return closer.close(Objects.requireNonNull(reason.get()));
        } catch (RuntimeException e) {
            log.error("closing a resource of scope {} failed", name, e);
            return null;
        }
    }

    /** Closes the run of child scopes that ends with {@code from}, side by side; each one leaves by itself when it is gone. */
    private void closeNeighbours(Entry from) {
        CloseReason why = Objects.requireNonNull(reason.get());
        Entry e = from;
        for (int budget = SLICE; budget > 0 && e.what instanceof Scope child; budget--) {
            e = e.previous;
            child.close(why);
        }
        if (e.what instanceof Scope && e != from) {
            Entry rest = e;
            executor.execute(() -> closeRest(rest));
        }
    }

    /** The next slice of a run; {@code from} may have left meanwhile, then the walk starts anew at the newest. */
    private void closeRest(Entry from) {
        if (from.linked) {
            closeNeighbours(from);
        } else if (entries.previous.what instanceof Scope) {
            closeNeighbours(entries.previous);
        }
    }

    private void left(Entry entry) {
        if (!entry.linked) {
            return;
        }
        unlink(entry);
        children--;
        if (reason.get() != null) {
            if (!(entries.previous.what instanceof Scope)) {
                closeNewest();
            }
        } else if (closeWhenEmpty && children == 0) {
            close(CloseReason.shutdown("drained"));
        }
    }

    private void finish() {
        CloseReason why = Objects.requireNonNull(reason.get());
        if (closed.trySuccess(why) && parent != null) {
            Entry entry = Objects.requireNonNull(inParent);
            parent.onExecutor(() -> parent.left(entry));
        }
    }

    private void onExecutor(Runnable task) {
        if (executor.inEventLoop()) {
            task.run();
        } else {
            executor.execute(task);
        }
    }

    private static void cancel(@Nullable ScheduledFuture<?> task) {
        if (task != null) {
            task.cancel(false);
        }
    }

    private void link(Entry entry) {
        entry.previous = entries.previous;
        entry.next = entries;
        entries.previous.next = entry;
        entries.previous = entry;
        entry.linked = true;
    }

    private static void unlink(Entry entry) {
        entry.previous.next = entry.next;
        entry.next.previous = entry.previous;
        entry.linked = false;
    }

    /** For logs and thread dumps. */
    public String name() {
        return name;
    }

    /** Who owns the state of this scope; the loop, for a connection. */
    public EventExecutor executor() {
        return executor;
    }

    /** Whether nobody has closed it yet. Any thread; only a hint, except on the executor. */
    public boolean isOpen() {
        return reason.get() == null;
    }

    /** Why it was closed; null while it is open. Any thread. */
    public @Nullable CloseReason reason() {
        return reason.get();
    }

    /** Done on the executor as soon as the scope begins to close: for work that must stop then, such as a dial. */
    public Future<CloseReason> closing() {
        return closing;
    }

    /** Done when the scope and everything in it is gone. */
    public Future<CloseReason> closed() {
        return closed;
    }

    /** Children alive now. On the executor. */
    public int children() {
        return children;
    }

    @Override
    public String toString() {
        CloseReason why = reason.get();
        return "Scope(" + name + (why == null ? "" : ", " + why) + ")";
    }

    /** One thing in the list, and the owner's hold on it. */
    private static final class Entry implements Ownership {
        private final @Nullable Scope owner; // null in the sentinel
        private final Object what; // a Scope or a Closer; the sentinel itself
        private Entry previous = this;
        private Entry next = this;
        private boolean linked;
        private boolean released;

        private Entry() {
            this.owner = null;
            this.what = this;
        }

        private Entry(Scope owner, Object what) {
            this.owner = owner;
            this.what = what;
        }

        @Override
        public void release() {
            Scope scope = Objects.requireNonNull(owner);
            scope.onExecutor(() -> {
                released = true;
                if (linked) {
                    unlink(this);
                }
            });
        }
    }
}
