package dev.sluice.net;

import dev.sluice.core.Addresses;
import dev.sluice.core.CloseReason;
import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Connection;
import dev.sluice.core.Destination;
import dev.sluice.core.Host;
import dev.sluice.core.Network;
import dev.sluice.core.Scope;
import dev.sluice.core.ScopeClosedException;
import dev.sluice.net.NameResolver.Answer;
import dev.sluice.net.dial.Family;
import dev.sluice.net.dial.HappyEyeballs;
import dev.sluice.net.dial.HappyEyeballs.Action;
import dev.sluice.net.dial.HappyEyeballs.Timing;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.PromiseCombiner;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One dial: does what {@link HappyEyeballs} says, with the resolver's answers, sockets and the loop's timer.
 *
 * <p>The connection's scope owns the dial, and with it every socket that it opens; the winner belongs to the scope by its
 * {@link ReadHold} until somebody takes it over. Belongs to the connection's loop.
 */
final class Dial {
    /** Which failure is told when the addresses failed in different ways: the one that came furthest. */
    private static final List<Failure> TELLING = List.of(Failure.REFUSED, Failure.TIMEOUT, Failure.LIMIT, Failure.INTERNAL,
            Failure.HOST_UNREACHABLE, Failure.NETWORK_UNREACHABLE);
    private static final int TOLD = 4;

    private record Attempt(InetAddress address, Channel channel) {}

    private record Failed(InetAddress address, Failure failure, @Nullable Throwable cause) {
        String words() {
            return Addresses.print(address) + " " + ConnectErrors.words(failure);
        }
    }

    private final Connection connection;
    private final Destination destination;
    private final EventLoop loop;
    private final Sockets sockets;
    private final NameResolver resolver;
    private final TargetGuard guard;
    private final DialObserver observer;
    private final Promise<Channel> promise;
    private final Duration total;
    private final HappyEyeballs race;
    private final long began = System.nanoTime();
    private final Map<Integer, Attempt> attempts = new HashMap<>();
    private final List<Future<Answer>> lookups = new ArrayList<>(2);
    private final List<Failed> failed = new ArrayList<>(2);
    private final List<InetAddress> blocked = new ArrayList<>(0);
    private final List<InetAddress> ours = new ArrayList<>(0);
    private Answer.@Nullable Missing missing;
    private Scope.@Nullable Ownership ownership;
    private @Nullable ScheduledFuture<?> timer;
    private long timerAt = HappyEyeballs.NEVER;
    private boolean pumping;
    private boolean done;

    Dial(Connection connection, Sockets sockets, NameResolver resolver, OwnAddresses own, DialOptions options,
            DialObserver observer, Promise<Channel> promise) {
        this.connection = connection;
        this.destination = connection.destination();
        this.loop = connection.loop();
        this.sockets = sockets;
        this.resolver = resolver;
        this.guard = new TargetGuard(own, Network.TCP, connection.policy());
        this.observer = observer;
        this.promise = promise;
        this.total = connection.scope().within(options.total());
        this.race = new HappyEyeballs(Timing.recommended(options.connect(), total));
    }

    void start() {
        promise.addListener(f -> {
            if (f.isCancelled()) {
                abandon();
            }
        });
        ownership = connection.scope().own(this::scopeCloses);
        if (done) {
            return;
        }
        if (destination.host() instanceof Host.Address a) {
            answered(Family.of(a.value()).other(), new Answer.Found(List.of()));
            answered(Family.of(a.value()), new Answer.Found(List.of(a.value())));
        } else if (destination.host() instanceof Host.Name n) {
            for (Family family : Family.values()) {
                Future<Answer> lookup = resolver.resolve(n.value(), family);
                lookups.add(lookup);
                lookup.addListener((Future<Answer> f) -> {
                    if (f.isSuccess()) {
                        answered(family, f.getNow());
                    }
                });
            }
        }
        pump();
    }

    private long now() {
        return System.nanoTime() - began;
    }

    private void answered(Family family, Answer answer) {
        if (done) {
            return;
        }
        List<InetAddress> allowed = new ArrayList<>();
        if (answer instanceof Answer.Found found) {
            for (InetAddress address : found.addresses()) {
                Failure refusal = guard.refuses(address, destination.port());
                if (refusal == Failure.LOOP) {
                    ours.add(address);
                } else if (refusal == Failure.BLOCKED) {
                    blocked.add(address);
                } else {
                    allowed.add(address);
                }
            }
        } else if (answer instanceof Answer.Missing m && (missing == null || missing.failure() == Failure.NAME_NOT_RESOLVED)) {
            missing = m;
        }
        race.handleAnswer(family, allowed, now());
        pump();
    }

    /** Does what the race says until it has nothing more to say for now. What is done may come back here at once. */
    private void pump() {
        if (pumping) {
            return;
        }
        pumping = true;
        for (Action action = race.poll(); action != null && !done; action = race.poll()) {
            carryOut(action);
        }
        pumping = false;
        if (!done) {
            schedule();
        }
    }

    /** No pattern switch here, nor above: it is linked at run time, while the program's first client waits. */
    private void carryOut(Action action) {
        if (action instanceof Action.Connect a) {
            connect(a.attempt(), a.address());
        } else if (action instanceof Action.Win a) {
            win(attempts.remove(a.attempt()));
        } else if (action instanceof Action.Cancel a) {
            Attempt needless = attempts.remove(a.attempt());
            if (needless != null) {
                needless.channel.close();
            }
        } else if (action instanceof Action.Expire a) {
            Attempt late = attempts.remove(a.attempt());
            if (late != null) {
                failed.add(new Failed(late.address, Failure.TIMEOUT, null));
                late.channel.close();
            }
        } else {
            fail(action instanceof Action.RunOut ? runOut() : giveUp());
        }
    }

    private void schedule() {
        long at = race.deadline();
        if (at == timerAt) {
            return;
        }
        if (timer != null) {
            timer.cancel(false);
        }
        timerAt = at;
        timer = at == HappyEyeballs.NEVER ? null : loop.schedule(() -> {
            timerAt = HappyEyeballs.NEVER;
            race.handleTime(now());
            pump();
        }, Math.max(0, at - now()), TimeUnit.NANOSECONDS);
    }

    private void connect(int attempt, InetAddress address) {
        ChannelFuture registered = sockets.register(loop);
        if (registered.isDone() && !registered.isSuccess()) {
            lost(attempt, address, registered.cause(), false);
            return;
        }
        attempts.put(attempt, new Attempt(address, registered.channel()));
        registered.addListener((ChannelFuture r) -> {
            if (!r.isSuccess()) {
                attemptFailed(attempt, address, r.cause(), false);
            } else if (attempts.containsKey(attempt)) {
                ChannelFuture connected = sockets.connect(r.channel(), new InetSocketAddress(address, destination.port()));
                boolean atOnce = connected.isDone();
                connected.addListener((ChannelFuture c) -> {
                    if (c.isSuccess()) {
                        connected(attempt, c.channel());
                    } else {
                        attemptFailed(attempt, address, c.cause(), atOnce);
                    }
                });
            }
        });
    }

    private void connected(int attempt, Channel channel) {
        if (!attempts.containsKey(attempt)) {
            channel.close(); // the race is over, or its time was
            return;
        }
        race.handleConnected(attempt, now());
        pump();
    }

    private void attemptFailed(int attempt, InetAddress address, Throwable cause, boolean atOnce) {
        Attempt gone = attempts.remove(attempt);
        if (gone != null) { // else we have closed it ourselves
            gone.channel.close();
            lost(attempt, address, cause, atOnce);
        }
    }

    private void lost(int attempt, InetAddress address, Throwable cause, boolean atOnce) {
        failed.add(new Failed(address, ConnectErrors.classify(cause, atOnce), cause));
        race.handleFailed(attempt, now());
        pump();
    }

    private void win(@Nullable Attempt winner) {
        if (winner == null) {
            fail(new ConnectFailedException(Failure.INTERNAL, "the winner of the race is gone", null));
            return;
        }
        finish();
        ReadHold.of(winner.channel).ownedBy(connection.scope());
        observer.dialled(destination, Duration.ofNanos(now()), null);
        if (!promise.trySuccess(winner.channel)) {
            winner.channel.close();
        }
    }

    private void fail(ConnectFailedException e) {
        if (done) {
            return;
        }
        finish();
        observer.dialled(destination, Duration.ofNanos(now()), e.failure());
        promise.tryFailure(e);
    }

    /** Ends everything but what the promise gets. */
    private void finish() {
        done = true;
        if (ownership != null) {
            ownership.release();
        }
        stop();
    }

    /** Closes what is open; done when it is closed. */
    private Future<?> stop() {
        if (timer != null) {
            timer.cancel(false);
        }
        lookups.forEach(l -> l.cancel(false));
        if (attempts.isEmpty()) {
            return loop.newSucceededFuture(null);
        }
        List<Attempt> open = List.copyOf(attempts.values());
        attempts.clear(); // first: what closes tells us so at once
        PromiseCombiner all = new PromiseCombiner(loop);
        open.forEach(a -> all.add(a.channel.close()));
        Promise<Void> closed = loop.newPromise();
        all.finish(closed);
        return closed;
    }

    /** The caller has cancelled its future. */
    private void abandon() {
        if (!done) {
            finish();
            observer.dialled(destination, Duration.ofNanos(now()), Failure.CANCELLED);
        }
    }

    private @Nullable Future<?> scopeCloses(CloseReason why) {
        if (done) {
            return null;
        }
        done = true;
        Future<?> closed = stop();
        boolean late = why.kind() == CloseReason.Kind.TIMEOUT;
        Failure failure = late ? Failure.TIMEOUT : Failure.CANCELLED;
        observer.dialled(destination, Duration.ofNanos(now()), failure);
        promise.tryFailure(new ConnectFailedException(failure,
                "connecting to " + destination + ": " + (late ? "no answer in time" : "cancelled"),
                new ScopeClosedException(why)));
        return closed;
    }

    private ConnectFailedException giveUp() {
        if (!failed.isEmpty()) {
            Failed telling = failed.stream().min(Comparator.comparingInt(f -> TELLING.indexOf(f.failure))).orElseThrow();
            return new ConnectFailedException(telling.failure, "connecting to " + destination + tried(telling),
                    telling.cause);
        }
        if (!ours.isEmpty()) {
            return new ConnectFailedException(Failure.LOOP, destination + found(ours) + " is this program itself", null);
        }
        if (!blocked.isEmpty()) {
            return new ConnectFailedException(Failure.BLOCKED,
                    destination + found(blocked) + ": private addresses are not allowed here", null);
        }
        Answer.Missing none = missing == null ? new Answer.Missing(Failure.NAME_NOT_RESOLVED, "no address") : missing;
        return new ConnectFailedException(none.failure(), "resolving " + destination.host() + ": " + none.words(), null);
    }

    private ConnectFailedException runOut() {
        for (Future<Answer> lookup : lookups) {
            if (attempts.isEmpty() && failed.isEmpty() && !lookup.isDone()) {
                return new ConnectFailedException(Failure.DNS_ERROR,
                        "resolving " + destination.host() + ": no answer within " + seconds(total), null);
            }
        }
        return new ConnectFailedException(Failure.TIMEOUT,
                "connecting to " + destination + ": not connected within " + seconds(total), null);
    }

    /** {@code (93.184.216.34): refused}, or what became of each address where there were several. */
    private String tried(Failed telling) {
        if (failed.size() == 1) {
            return found(List.of(telling.address)) + ": " + ConnectErrors.words(telling.failure);
        }
        String some = failed.stream().limit(TOLD).map(Failed::words).collect(Collectors.joining(", "));
        return ": " + some + (failed.size() > TOLD ? ", and " + (failed.size() - TOLD) + " more" : "");
    }

    /** The addresses behind a name; nothing where the client gave the address itself. */
    private String found(List<InetAddress> addresses) {
        return destination.host() instanceof Host.Address
                ? ""
                : addresses.stream().limit(TOLD).map(Addresses::print).collect(Collectors.joining(", ", " (", ")"));
    }

    private static String seconds(Duration limit) {
        return limit.toMillis() % 1000 == 0 ? limit.toSeconds() + " s" : limit.toMillis() + " ms";
    }
}
