package dev.sluice.proxy.group;

import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Connection;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One connection that looks for a member that works: tries one after the other until one succeeds, the target itself has
 * answered, all have been tried, or the time for a whole dial is over.
 *
 * <p>Belongs to the connection's loop.
 */
final class Search<R> {
    /** After so long no further member is tried: the client is about to give up. */
    private static final Duration TOTAL = Duration.ofSeconds(30);

    private final Members members;
    private final Connection connection;
    private final Function<Member, Future<R>> open;
    private final Function<R, Future<?>> closed;
    private final Consumer<R> discard;
    private final Promise<R> promise;
    private final List<Member> tried = new ArrayList<>(4);
    private final List<Member> silent = new ArrayList<>(2);
    private final long start;
    private @Nullable Future<R> step;
    private @Nullable Throwable best; // the failure that says most about the target

    Search(Members members, Connection connection, Function<Member, Future<R>> open, Function<R, Future<?>> closed,
            Consumer<R> discard) {
        this.members = members;
        this.connection = connection;
        this.open = open;
        this.closed = closed;
        this.discard = discard;
        this.promise = connection.loop().newPromise();
        this.start = members.now();
    }

    Future<R> begin() {
        promise.addListener(f -> {
            Future<R> running = step;
            if (f.isCancelled() && running != null) {
                running.cancel(false);
            }
        });
        next();
        return promise;
    }

    private void next() {
        Member member = members.now() - start > TOTAL.toNanos() ? null : members.pick(connection, tried);
        if (member == null) {
            promise.tryFailure(
                    best != null ? best : new ConnectFailedException(Failure.TIMEOUT, "no member answered in time", null));
            return;
        }
        tried.add(member);
        member.live().incrementAndGet();
        Future<R> attempt = open.apply(member);
        step = attempt;
        attempt.addListener(f -> done(member, attempt));
    }

    private void done(Member member, Future<R> attempt) {
        if (attempt.isSuccess()) {
            R result = attempt.getNow();
            closed.apply(result).addListener(f -> member.live().decrementAndGet());
            members.worked(member);
            for (Member quiet : silent) {
                members.failed(quiet, new ConnectFailedException(Failure.TIMEOUT,
                        "no answer from a target that answers through " + member, null));
            }
            if (!promise.trySuccess(result)) {
                discard.accept(result);
            }
            return;
        }
        member.live().decrementAndGet();
        if (promise.isDone()) {
            return;
        }
        Throwable why = attempt.cause();
        Verdict verdict = Verdict.of(why);
        judge(member, verdict, why);
        if (best == null || verdict.member() != Verdict.Of.FAILED) {
            best = why;
        }
        if (verdict.next() && connection.scope().isOpen()) {
            next();
        } else {
            promise.tryFailure(why);
        }
    }

    /** A member that dials targets itself is never at fault: what fails there is the target, or all of this machine's network. */
    private void judge(Member member, Verdict verdict, Throwable why) {
        switch (verdict.member()) {
            case FAILED -> members.failed(member, why);
            case WORKS -> members.worked(member);
            case SILENT -> {
                if (member.ownFailures()) {
                    silent.add(member);
                }
            }
            case UNKNOWN -> {
            }
        }
    }
}
