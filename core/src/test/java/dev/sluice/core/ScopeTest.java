package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.core.CloseReason.Kind;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.Promise;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class ScopeTest {
    private static final CloseReason WHY = CloseReason.cancelled("test");

    private final SimulatedExecutors world = new SimulatedExecutors(1);
    private final SimulatedExecutors.Executor loop = world.add();
    private final SimulatedExecutors.Executor other = world.add();
    private final Scope root = Scope.root("root", loop);
    private final List<String> log = new ArrayList<>();

    private Scope.Ownership own(Scope scope, String name) {
        return scope.own(why -> {
            assertThat(scope.executor().inEventLoop()).isTrue();
            log.add(name);
            return null;
        });
    }

    private Promise<Void> ownSlow(Scope scope, String name) {
        Promise<Void> gone = other.newPromise();
        scope.own(why -> {
            log.add(name);
            return gone;
        });
        return gone;
    }

    @Test
    void closesNewestFirst() {
        own(root, "r1");
        Scope a = root.child("a");
        own(a, "a1");
        own(a, "a2");
        own(root.child("b"), "b1");
        own(root, "r2");
        world.runAll();
        root.close(WHY);
        root.close(CloseReason.finished());
        world.runAll();
        assertThat(log).containsExactly("r2", "b1", "a2", "a1", "r1");
        assertThat(root.closed().getNow()).isEqualTo(WHY);
        assertThat(a.reason()).isEqualTo(WHY);
        assertThat(a.closed().isDone()).isTrue();
        assertThat(root.children()).isZero();
    }

    @Test
    void aResourceIsClosedOnlyWhenEverythingNewerIsGone() {
        own(root, "r1");
        Scope child = root.child("child", other);
        Promise<Void> slowChild = ownSlow(child, "c1");
        Promise<Void> slow = ownSlow(root, "r2");
        Scope early = root.child("early");
        world.runAll();
        root.close(WHY);
        world.runAll();
        early.close(WHY); // gone long since
        world.runAll();
        assertThat(log).containsExactly("r2");
        slow.setSuccess(null);
        world.runAll();
        assertThat(log).containsExactly("r2", "c1");
        assertThat(root.closed().isDone()).isFalse();
        slowChild.setFailure(new IllegalStateException("a failed close is a close"));
        world.runAll();
        assertThat(log).containsExactly("r2", "c1", "r1");
        assertThat(root.closed().isDone()).isTrue();
    }

    @Test
    void aChildThatLeavesDoesNotOvertakeASlowResource() {
        own(root, "r1");
        Scope child = root.child("child");
        Promise<Void> slow = ownSlow(root, "r2");
        world.runAll();
        root.close(WHY);
        world.runAll();
        child.close(WHY);
        world.runAll();
        assertThat(log).containsExactly("r2");
        assertThat(root.closed().isDone()).isFalse();
        slow.setSuccess(null);
        world.runAll();
        assertThat(log).containsExactly("r2", "r1");
    }

    @Test
    void neighboursCloseSideBySide() {
        Promise<Void> slowA = ownSlow(root.child("a"), "a");
        Promise<Void> slowB = ownSlow(root.child("b", other), "b");
        world.runAll();
        root.close(WHY);
        world.runAll();
        assertThat(log).containsExactlyInAnyOrder("b", "a");
        slowA.setSuccess(null);
        slowB.setSuccess(null);
        world.runAll();
        assertThat(root.closed().isDone()).isTrue();
    }

    @Test
    void whatComesLateIsClosedAtOnceAndWaitedFor() {
        Promise<Void> first = ownSlow(root, "r1");
        root.close(WHY);
        world.runAll();
        Promise<Void> late = ownSlow(root, "late");
        Scope lateChild = root.child("late child", other);
        Promise<Void> inLateChild = ownSlow(lateChild, "late child");
        world.runAll();
        assertThat(log).containsExactly("r1", "late", "late child");
        assertThat(lateChild.reason()).isEqualTo(WHY);
        first.setSuccess(null);
        late.setSuccess(null);
        world.runAll();
        assertThat(root.closed().isDone()).isFalse();
        inLateChild.setSuccess(null);
        world.runAll();
        assertThat(root.closed().isDone()).isTrue();
        own(root, "too late");
        assertThat(root.child("too late").isOpen()).isTrue(); // until the executor gets to it
        world.runAll();
        assertThat(log).last().isEqualTo("too late");
    }

    @Test
    void aReleasedResourceIsNotClosed() {
        Scope.Ownership kept = own(root, "kept");
        Scope.Ownership released = own(root, "released");
        released.release();
        world.runAll();
        own(root, "released at once").release();
        root.close(WHY);
        world.runAll();
        released.release();
        kept.release();
        world.runAll();
        assertThat(log).containsExactly("kept");
        assertThat(root.closed().isDone()).isTrue();
    }

    @Test
    void releasingWhatBlocksLetsTheCloseGoOn() {
        own(root, "r1");
        Scope child = root.child("child", other);
        Promise<Void> slow = ownSlow(child, "c1");
        Scope.Ownership middle = own(root, "r2");
        Scope newest = root.child("newest", other);
        Promise<Void> newestSlow = ownSlow(newest, "n1");
        world.runAll();
        root.close(WHY);
        world.runAll();
        middle.release();
        world.runAll();
        assertThat(log).containsExactly("n1", "c1"); // neighbours now
        slow.setSuccess(null);
        newestSlow.setSuccess(null);
        world.runAll();
        assertThat(log).containsExactly("n1", "c1", "r1");
    }

    @Test
    void aCloserThatThrowsDoesNotStopTheOthers() {
        own(root, "r1");
        root.own(why -> {
            throw new AssertionError("expected by the test");
        });
        own(root, "r3");
        root.close(WHY);
        world.runAll();
        root.own(why -> {
            throw new IllegalStateException("expected by the test, late");
        });
        world.runAll();
        assertThat(log).containsExactly("r3", "r1");
        assertThat(root.closed().isDone()).isTrue();
    }

    @Test
    void closersMayDoAnythingToTheirScope() {
        own(root, "r1");
        List<Scope.Ownership> holds = new ArrayList<>();
        holds.add(own(root, "r2"));
        Scope child = root.child("child");
        own(child, "c1");
        holds.add(root.own(why -> {
            log.add("r3");
            own(root, "late");
            root.child("late child");
            root.close(CloseReason.finished());
            child.close(CloseReason.finished());
            holds.forEach(Scope.Ownership::release);
            return null;
        }));
        world.runAll();
        root.close(WHY);
        world.runAll();
        assertThat(log).containsExactly("r3", "late", "c1", "r1");
        assertThat(root.closed().isDone()).isTrue();
        assertThat(child.reason()).isEqualTo(CloseReason.finished());
    }

    @Test
    void tenThousandChildrenCloseInSlices() {
        own(root, "last");
        for (int i = 0; i < 10_000; i++) {
            root.child("child");
        }
        world.runAll();
        assertThat(root.children()).isEqualTo(10_000);
        int turns = loop.turns();
        int[] between = {0};
        root.close(WHY);
        loop.execute(new Runnable() {
            @Override
            public void run() {
                between[0]++;
                if (!root.closed().isDone()) {
                    loop.execute(this);
                }
            }
        });
        world.runAll();
        assertThat(log).containsExactly("last");
        assertThat(root.children()).isZero();
        assertThat(between[0]).as("turns of another task").isGreaterThan(10_000 / 256);
        assertThat(loop.turns() - turns).isLessThan(200);
    }

    @Test
    void tenThousandResourcesAndChildrenElsewhereToo() {
        for (int i = 0; i < 10_000; i++) {
            own(root, "r");
            root.child("child", other);
        }
        world.runAll();
        root.close(WHY);
        world.runAll();
        assertThat(log).hasSize(10_000);
        assertThat(root.closed().isDone()).isTrue();
    }

    @Test
    void deadlinesAreInherited() {
        Scope child = root.child("child", other);
        Scope grandchild = child.child("grandchild");
        world.runAll();
        assertThat(grandchild.within(Duration.ofDays(400_000))).isEqualTo(Duration.ofDays(400_000));
        root.expireAfter(Duration.ofSeconds(10));
        root.expireAfter(Duration.ofSeconds(20));
        root.expireAfter(Duration.ofDays(4_000_000));
        child.expireAfter(Duration.ofSeconds(5));
        world.runAll();
        assertThat(grandchild.within(Duration.ofSeconds(1))).isEqualTo(Duration.ofSeconds(1));
        assertThat(grandchild.within(Duration.ofSeconds(30))).isEqualTo(Duration.ofSeconds(5));
        assertThat(root.within(Duration.ofSeconds(30))).isEqualTo(Duration.ofSeconds(10));
        assertThat(root.child("later", other).within(Duration.ofSeconds(30))).isEqualTo(Duration.ofSeconds(10));
        world.advance(Duration.ofSeconds(6));
        assertThat(child.closed().isDone()).isTrue();
        assertThat(grandchild.reason()).isNotNull().extracting(CloseReason::kind).isEqualTo(Kind.TIMEOUT);
        assertThat(root.isOpen()).isTrue();
        assertThat(root.within(Duration.ofSeconds(30))).isEqualTo(Duration.ofSeconds(4));
        world.advance(Duration.ofSeconds(6));
        assertThat(root.closed().isDone()).isTrue();
        assertThat(root.within(Duration.ofSeconds(30))).isEqualTo(Duration.ZERO);
    }

    @Test
    void drainingWaitsForChildrenAndTellsThem() {
        Scope loopScope = root.child("loop", other);
        loopScope.onDrain(loopScope::closeWhenEmpty);
        Scope session = loopScope.child("session");
        session.onDrain(() -> log.add("session told"));
        session.onDrain(() -> {
            throw new IllegalStateException("expected by the test");
        });
        own(root, "r1");
        world.runAll();
        root.drain(Duration.ofSeconds(30));
        world.runAll();
        assertThat(log).containsExactly("session told");
        session.onDrain(() -> log.add("told at once"));
        Scope late = loopScope.child("late"); // a running session may still open streams
        late.onDrain(() -> log.add("late told"));
        world.runAll();
        assertThat(log).containsExactly("session told", "told at once", "late told");
        session.close(CloseReason.finished());
        world.runAll();
        assertThat(root.isOpen()).isTrue();
        late.close(CloseReason.finished());
        world.runAll();
        assertThat(root.closed().isDone()).isTrue();
        assertThat(root.closed().getNow().detail()).isEqualTo("drained");
        assertThat(log).last().isEqualTo("r1");
        assertThat(loopScope.reason()).isNotNull().extracting(CloseReason::kind).isEqualTo(Kind.SHUTDOWN);
    }

    @Test
    void drainingEndsAtTheNearestDeadline() {
        Scope child = root.child("child", other);
        world.runAll();
        root.drain(Duration.ofSeconds(30));
        root.drain(Duration.ofDays(1_000_000));
        world.runAll();
        root.drain(Duration.ofMillis(500));
        world.runAll();
        world.advance(Duration.ofMillis(600));
        assertThat(child.closed().isDone()).isTrue();
        assertThat(root.closed().getNow().detail()).isEqualTo("drain deadline");
    }

    @Test
    void drainingNothingClosesAtOnce() {
        root.drain(Duration.ofSeconds(30));
        world.runAll();
        assertThat(root.closed().isDone()).isTrue();
    }

    @Test
    void closingIsToldBeforeAnythingIsClosed() {
        root.closing().addListener(f -> log.add("closing"));
        own(root, "r1");
        world.runAll();
        root.close(WHY);
        loop.run(() -> {}); // listeners of futures run in their executor
        world.runAll();
        assertThat(log).containsExactly("closing", "r1");
        assertThat(root.closing().getNow()).isEqualTo(WHY);
    }

    @Test
    void anExecutorThatHasEndedHoldsNothingUp() {
        Scope child = root.child("child", other);
        Scope closing = root.child("closing", other);
        own(child, "lost");
        world.runAll();
        closing.close(WHY); // its task is lost with the executor
        other.end();
        child.child("nobody adopts it");
        own(child, "nobody owns it");
        root.close(WHY);
        world.runAll();
        assertThat(root.closed().isDone()).isTrue();
        assertThat(child.isOpen()).isFalse();
    }

    @Test
    void nothingOfTheGoneIsKept() {
        List<Scope> held = new ArrayList<>();
        List<WeakReference<Object>> gone = new ArrayList<>();
        Scope[] kept = {root.child("kept")};
        for (int i = 0; i < 100; i++) {
            Scope child = root.child("child");
            byte[] resource = new byte[1];
            Scope.Ownership ownership = root.own(why -> {
                log.add("" + resource.length);
                return null;
            });
            world.runAll();
            if (i % 10 == 0) {
                held.add(child); // a gone scope that somebody keeps, keeps no neighbours
            } else {
                gone.add(new WeakReference<>(child));
            }
            gone.add(new WeakReference<>(resource));
            child.close(WHY);
            ownership.release();
            world.runAll();
        }
        assertThat(log).isEmpty();
        Awaitility.await().atMost(20, TimeUnit.SECONDS).untilAsserted(() -> {
            System.gc();
            assertThat(gone).allMatch(r -> r.refersTo(null));
        });
        assertThat(held).hasSize(10);
        assertThat(kept[0].isOpen()).isTrue();
    }

    @Test
    void onRealThreads() throws Exception {
        DefaultEventExecutor first = new DefaultEventExecutor();
        DefaultEventExecutor second = new DefaultEventExecutor();
        try {
            for (int round = 0; round < 50; round++) {
                Scope server = Scope.root("server", first);
                List<AtomicInteger> closed = new ArrayList<>();
                for (int i = 0; i < 200; i++) {
                    Scope child = server.child("child", i % 3 == 0 ? first : second);
                    AtomicInteger closes = new AtomicInteger();
                    closed.add(closes);
                    Scope.Ownership hold = child.own(why -> {
                        closes.incrementAndGet();
                        return null;
                    });
                    if (i % 5 == 0) {
                        hold.release();
                    }
                    if (i % 7 == 0) {
                        child.close(WHY);
                    }
                    if (i == 150) {
                        server.close(WHY);
                    }
                }
                assertThat(server.closed().await(10, TimeUnit.SECONDS)).isTrue();
                assertThat(first.submit(() -> {}).await(10, TimeUnit.SECONDS)).isTrue();
                assertThat(second.submit(() -> {}).await(10, TimeUnit.SECONDS)).isTrue();
                for (int i = 0; i < closed.size(); i++) {
                    assertThat(closed.get(i).get()).isBetween(i % 5 == 0 ? 0 : 1, i % 5 == 0 && i < 150 && i % 7 != 0 ? 0 : 1);
                }
            }
        } finally {
            first.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            second.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }
}
