package dev.sluice.core;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
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
 * joining and leaving are a few plain writes. A scope whose executor has ended counts as closed: its loop has closed its channels.
 *
 * <p><b>States.</b> open, then closing (the reason is set, once, by the first close; a child or a resource that comes later is
 * closed at once with the same reason, and is waited for like the others), then closed. Draining is an announcement, not a state
 * of its own: what accepts work stops accepting, what runs may finish, and the scope on which {@link #drain} was called closes when
 * its last child has left or when the deadline passes. Scopes below it close by themselves, in a {@linkplain #onDrain hook}:
 * {@code loop.onDrain(loop::closeWhenEmpty)}.
 *
 * <p><b>Deadlines.</b> A scope may have one. When it passes, the scope closes with {@link CloseReason.Kind#TIMEOUT}, and with it
 * all that is below; so no scope outlives a deadline above it. {@link #within} gives an operation the smaller of its own limit and
 * what is left.
 *
 * <p><b>How it closes.</b> A cursor walks the list from the newest to the oldest. Child scopes it tells to close and passes; in
 * front of a resource it stops until nothing newer is left. Whatever goes takes itself out of the list and lets the cursor try
 * again.
 */
public final class Scope extends ScopeEntry {
    private static final Logger log = LoggerFactory.getLogger(Scope.class);

    /** How much is closed or told in one turn of the executor, so that a large scope does not stall its loop. */
    private static final int SLICE = 256;
    private static final long NO_DEADLINE = Long.MAX_VALUE;
    /** Limits beyond this are none; it keeps sums of nanoseconds from running over. */
    private static final Duration FOREVER = Duration.ofDays(36_500);

    private static final VarHandle REASON;
    private static final VarHandle CLOSING;
    private static final VarHandle CLOSED;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            REASON = lookup.findVarHandle(Scope.class, "reason", CloseReason.class);
            CLOSING = lookup.findVarHandle(Scope.class, "closing", Promise.class);
            CLOSED = lookup.findVarHandle(Scope.class, "closed", Promise.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Closes a resource that a scope owns. */
    @FunctionalInterface
    public interface Closer {
        /**
         * Begins to close the resource; called once, on the scope's executor. An exception is logged, and the resource counts as
         * gone.
         *
         * @return done when the resource is gone; null where it is gone already
         */
        @Nullable
        Future<?> close(CloseReason reason);
    }

    /** The hold that a scope has on one resource. */
    public interface Ownership {
        /**
         * The resource is gone by itself, or belongs to somebody else now: the scope forgets it, in O(1). Any thread; on another
         * one than the scope's executor a close that is under way may be faster.
         */
        void release();
    }

    private final String name;
    private final EventExecutor executor;
    private final @Nullable Scope parent;

    private volatile @Nullable CloseReason reason; // set once, by REASON; the executor may learn of it later
    private volatile boolean announced; // the executor has begun to close; closing() is or may be done
    private volatile boolean finished; // closed() is or may be done
    private volatile @Nullable Promise<CloseReason> closing; // made when somebody asks, as the next one
    private volatile @Nullable Promise<CloseReason> closed;
    private volatile long deadline = NO_DEADLINE; // by the executor's ticker; written on the executor, read below

    // All below is touched on the executor only.
    private @Nullable ScopeEntry newest;
    private int children;
    private @Nullable ScopeEntry cursor; // while closing: the newest that is not told yet
    private int pending; // resources that are closing
    private boolean stepping;
    private boolean stepScheduled;
    private List<Runnable> drainHooks = List.of();
    private boolean draining;
    private boolean closeWhenEmpty;
    private long drainDeadline = NO_DEADLINE;
    private @Nullable ScheduledFuture<?> deadlineTask;
    private @Nullable ScheduledFuture<?> drainTask;

    private Scope(String name, EventExecutor executor, @Nullable Scope parent) {
        this.name = name;
        this.executor = executor;
        this.parent = parent;
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
        if (!onExecutor(() -> adopt(child))) {
            child.close(CloseReason.shutdown("the executor of " + name + " has ended"));
        }
        return child;
    }

    private void adopt(Scope child) {
        if (finished) {
            child.begin(Objects.requireNonNull(reason));
        } else if (!child.finished) {
            link(child);
            children++;
            if (announced) {
                tell(child, Objects.requireNonNull(reason));
            } else if (draining) {
                child.onExecutor(child::announceDrain);
            }
        }
    }

    /**
     * Registers a resource. In a closing scope it is closed at once.
     *
     * @return the hold, to be released when the resource is gone by itself
     */
    public Ownership own(Closer closer) {
        Resource resource = new Resource(this, closer);
        if (!onExecutor(() -> take(resource))) {
            log.debug("scope {} takes no resource: its executor has ended", name);
            resource.release();
        }
        return resource;
    }

    private void take(Resource resource) {
        if (resource.closer == null) {
            return; // released meanwhile
        }
        if (announced) {
            closeResource(resource);
        } else {
            link(resource);
        }
    }

    /**
     * Calls {@code hook} once, on the executor, when draining begins: at once where it has begun. A closing scope forgets its hooks.
     */
    public void onDrain(Runnable hook) {
        onExecutor(() -> {
            if (draining) {
                runHook(hook);
            } else if (!announced) {
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
        begin(why);
        return closed();
    }

    private void begin(CloseReason why) {
        if (REASON.compareAndSet(this, null, why) && !onExecutor(this::closeAll)) {
            finish(); // nobody is left who could close anything
        }
    }

    private void closeAll() {
        announced = true;
        Promise<CloseReason> told = closing;
        if (told != null) {
            told.trySuccess(Objects.requireNonNull(reason));
        }
        cancel(deadlineTask);
        cancel(drainTask);
        drainHooks = List.of();
        cursor = newest;
        step();
    }

    /**
     * Stops accepting, lets the children finish, then closes; at the deadline closes whatever is left. Called again it may only
     * bring the deadline nearer. Any thread.
     *
     * @return {@link #closed()}
     */
    public Future<CloseReason> drain(Duration limit) {
        onExecutor(() -> {
            if (!announced) {
                limitDrain(limit);
                announceDrain();
                closeWhenEmpty();
            }
        });
        return closed();
    }

    private void limitDrain(Duration limit) {
        if (limit.compareTo(FOREVER) >= 0) {
            return;
        }
        long at = executor.ticker().nanoTime() + limit.toNanos();
        if (drainDeadline == NO_DEADLINE || at - drainDeadline < 0) {
            drainDeadline = at;
            cancel(drainTask);
            drainTask = executor.schedule(() -> begin(CloseReason.shutdown("drain deadline")), limit.toNanos(),
                    TimeUnit.NANOSECONDS);
        }
    }

    /**
     * Closes the scope as soon as it has no child: at once where it has none. A listener calls this when draining begins, after
     * it has stopped to accept. Any thread.
     */
    public void closeWhenEmpty() {
        onExecutor(() -> {
            closeWhenEmpty = true;
            if (children == 0) {
                begin(CloseReason.shutdown("drained"));
            }
        });
    }

    private void announceDrain() {
        if (draining || announced) {
            return;
        }
        draining = true;
        List<Runnable> hooks = drainHooks;
        drainHooks = List.of();
        hooks.forEach(this::runHook);
        List<Scope> below = new ArrayList<>(children); // a hook may close its scope, which changes the list under the walk
        for (ScopeEntry e = newest; e != null; e = e.older) {
            if (e instanceof Scope child) {
                below.add(child);
            }
        }
        announceDrain(below, 0);
    }

    private void announceDrain(List<Scope> below, int from) {
        int to = Math.min(below.size(), from + SLICE);
        for (Scope child : below.subList(from, to)) {
            child.onExecutor(child::announceDrain);
        }
        if (to < below.size()) {
            executor.execute(() -> announceDrain(below, to));
        }
    }

    private void runHook(Runnable hook) {
        try {
            hook.run();
        } catch (Throwable e) {
            log.error("a drain hook of scope {} failed", name, e);
        }
    }

    /** Gives the scope a deadline from now; an earlier one, or an earlier one above, stays in force. Any thread. */
    public void expireAfter(Duration limit) {
        if (limit.compareTo(FOREVER) < 0) {
            long at = executor.ticker().nanoTime() + limit.toNanos();
            onExecutor(() -> limitDeadline(at));
        }
    }

    private void limitDeadline(long at) {
        if (announced || (deadline != NO_DEADLINE && at - deadline >= 0)) {
            return;
        }
        deadline = at;
        cancel(deadlineTask);
        deadlineTask = executor.schedule(
                () -> begin(CloseReason.of(CloseReason.Kind.TIMEOUT, CloseReason.Side.SELF, "deadline of " + name)),
                Math.max(0, at - executor.ticker().nanoTime()), TimeUnit.NANOSECONDS);
    }

    /** The smaller of {@code own} and what is left until the nearest deadline of this scope and those above it. Any thread. */
    public Duration within(Duration own) {
        Duration least = own;
        for (Scope scope = this; scope != null; scope = scope.parent) {
            long at = scope.deadline;
            if (at != NO_DEADLINE) {
                Duration left = Duration.ofNanos(Math.max(0, at - scope.executor.ticker().nanoTime()));
                least = left.compareTo(least) < 0 ? left : least;
            }
        }
        return least;
    }

    /** Moves the cursor as far as it gets. Whatever a closer or a child does meanwhile is seen by the loop that runs. */
    private void step() {
        if (stepping || stepScheduled || finished) {
            return;
        }
        CloseReason why = Objects.requireNonNull(reason);
        stepping = true;
        int budget = SLICE;
        while (cursor != null && budget > 0 && pending == 0) {
            ScopeEntry next = cursor;
            if (next instanceof Scope child) {
                cursor = child.older;
                tell(child, why);
            } else if (next instanceof Resource resource) {
                if (resource != newest) {
                    break; // a child that is newer may still use it
                }
                unlink(resource);
                closeResource(resource);
            }
            budget--;
        }
        stepping = false;
        if (cursor != null && budget == 0) {
            stepScheduled = true;
            executor.execute(this::nextSlice);
        } else if (newest == null && pending == 0) {
            finish();
        }
    }

    private void nextSlice() {
        stepScheduled = false;
        step();
    }

    private static void tell(Scope child, CloseReason why) {
        child.begin(why);
        if (!child.finished && child.executor.isTerminated()) {
            child.finish(); // it was closing when its executor ended
        }
    }

    private void closeResource(Resource resource) {
        Closer closer = Objects.requireNonNull(resource.closer);
        resource.closer = null;
        Future<?> gone = null;
        try {
            gone = closer.close(Objects.requireNonNull(reason));
        } catch (Throwable e) {
            log.error("closing a resource of scope {} failed", name, e);
        }
        if (gone != null && !gone.isDone()) {
            pending++;
            gone.addListener(f -> onExecutor(() -> {
                pending--;
                step();
            }));
        }
    }

    /** A child is gone. */
    private void left(Scope child) {
        if (!child.linked) {
            return;
        }
        unlink(child);
        children--;
        if (announced) {
            step();
        } else if (closeWhenEmpty && children == 0) {
            begin(CloseReason.shutdown("drained"));
        }
    }

    private void finish() {
        finished = true;
        Promise<CloseReason> told = closed;
        if (told != null) {
            told.trySuccess(Objects.requireNonNull(reason));
        }
        Scope above = parent;
        if (above != null) {
            above.onExecutor(() -> above.left(this));
        }
    }

    /** Runs {@code task} on the executor; false where that has ended. */
    private boolean onExecutor(Runnable task) {
        if (executor.inEventLoop()) {
            task.run();
            return true;
        }
        try {
            executor.execute(task);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    private static void cancel(@Nullable ScheduledFuture<?> task) {
        if (task != null) {
            task.cancel(false);
        }
    }

    private void link(ScopeEntry entry) {
        entry.older = newest;
        if (newest != null) {
            newest.newer = entry;
        }
        newest = entry;
        entry.linked = true;
    }

    /** Also forgets the neighbours: somebody may keep a closed scope, which must not keep all that were ever beside it. */
    private void unlink(ScopeEntry entry) {
        ScopeEntry older = entry.older;
        ScopeEntry newer = entry.newer;
        if (older != null) {
            older.newer = newer;
        }
        if (newer != null) {
            newer.older = older;
        } else {
            newest = older;
        }
        if (cursor == entry) {
            cursor = older;
        }
        entry.older = null;
        entry.newer = null;
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
        return reason == null;
    }

    /** Why it was closed; null while it is open. Any thread. */
    public @Nullable CloseReason reason() {
        return reason;
    }

    /** Done on the executor as soon as the scope begins to close: for work that must stop then, such as a dial. Any thread. */
    public Future<CloseReason> closing() {
        Promise<CloseReason> promise = closing;
        if (promise == null) {
            promise = executor.newPromise();
            if (!CLOSING.compareAndSet(this, null, promise)) {
                promise = Objects.requireNonNull(closing);
            } else if (announced) { // closeAll has passed, or sees the promise
                promise.trySuccess(Objects.requireNonNull(reason));
            }
        }
        return promise;
    }

    /** Done when the scope and everything in it is gone. Any thread. */
    public Future<CloseReason> closed() {
        Promise<CloseReason> promise = closed;
        if (promise == null) {
            promise = executor.newPromise();
            if (!CLOSED.compareAndSet(this, null, promise)) {
                promise = Objects.requireNonNull(closed);
            } else if (finished) { // finish has passed, or sees the promise
                promise.trySuccess(Objects.requireNonNull(reason));
            }
        }
        return promise;
    }

    /** Children alive now. On the executor. */
    public int children() {
        return children;
    }

    @Override
    public String toString() {
        CloseReason why = reason;
        return "Scope(" + name + (why == null ? "" : ", " + why) + ")";
    }

    /** One resource in the list, and its owner's hold on it. */
    static final class Resource extends ScopeEntry implements Ownership {
        private final Scope owner;
        private @Nullable Closer closer; // null once it was called or is not to be called any more

        private Resource(Scope owner, Closer closer) {
            this.owner = owner;
            this.closer = closer;
        }

        @Override
        public void release() {
            owner.onExecutor(() -> {
                closer = null;
                if (linked) {
                    owner.unlink(this);
                    if (owner.announced) {
                        owner.step();
                    }
                }
            });
        }
    }
}
