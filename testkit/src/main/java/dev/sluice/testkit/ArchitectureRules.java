package dev.sluice.testkit;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;

import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Clock;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/**
 * What holds in every module whose code runs on event loops. A module's {@code ArchitectureTest} takes the rules without a parameter
 * with {@code ArchTests.in(ArchitectureRules.class)}, and says its own floor and state machines with the methods. Core and net, on
 * which the testkit itself stands, have theirs.
 */
public final class ArchitectureRules {
    private static final Set<String> WAITS = Set.of("await", "awaitUninterruptibly", "sync", "syncUninterruptibly", "join",
            "get");
    private static final Set<String> RESOLVES = Set.of("getByName", "getAllByName", "getHostName", "getCanonicalHostName",
            "getLocalHost");

    /** A lock held by another thread would stop the loop. */
    @ArchTest
    public static final ArchRule NO_LOCKS = noClasses().should().dependOnClassesThat()
            .resideInAPackage("java.util.concurrent.locks..").orShould().dependOnClassesThat()
            .belongToAnyOf(CountDownLatch.class, Semaphore.class).orShould().dependOnClassesThat()
            .areAssignableTo(BlockingQueue.class);

    /** {@code Throwable.fillInStackTrace} is synchronized, and so must be what overrides it. */
    @ArchTest
    public static final ArchRule NOTHING_IS_SYNCHRONIZED = noMethods().that().doNotHaveName("fillInStackTrace").should()
            .haveModifier(JavaModifier.SYNCHRONIZED);

    /** Neither for a future nor for a thread. */
    @ArchTest
    public static final ArchRule NOBODY_WAITS = noClasses().should()
            .callMethodWhere(describe("wait for a future",
                    (JavaCall<?> c) -> c.getTargetOwner().isAssignableTo(Future.class) && WAITS.contains(c.getName())))
            .orShould().callMethodWhere(describe("let a thread sleep or join",
                    (JavaCall<?> c) -> c.getTargetOwner().isEquivalentTo(Thread.class)
                            && Set.of("sleep", "join").contains(c.getName())));

    /** The JDK's resolver blocks. */
    @ArchTest
    public static final ArchRule NAMES_ARE_NOT_RESOLVED_BY_BLOCKING = noClasses().should()
            .callMethodWhere(describe("resolve a name",
                    (JavaCall<?> c) -> c.getTargetOwner().isAssignableTo(InetAddress.class) && RESOLVES.contains(c.getName())));

    private ArchitectureRules() {}

    /** The floor of a module: of Sluice it knows itself, with all packages beneath {@code own}, and exactly {@code below}. */
    public static ArchRule knowsOnly(String own, String... below) {
        Set<String> allowed = Set.of(below);
        return noClasses().should().dependOnClassesThat(describe("are of another module",
                (JavaClass c) -> c.getPackageName().startsWith("dev.sluice.") && !within(own, c.getPackageName())
                        && !allowed.contains(c.getPackageName())));
    }

    private static boolean within(String own, String name) {
        return name.equals(own) || name.startsWith(own + ".");
    }

    /** Packages of state machines: bytes and time in, bytes and deadlines out; nothing of {@code others} either. */
    public static ArchRule knowNoChannelThreadOrClock(String[] packages, String... others) {
        return noClasses().that().resideInAnyPackage(packages).should().dependOnClassesThat()
                .resideInAnyPackage("io.netty.channel..", "io.netty.util.concurrent..", "java.util.concurrent..",
                        "java.nio.channels..", "dev.sluice.net..")
                .orShould().dependOnClassesThat().resideInAnyPackage(others)
                .orShould().dependOnClassesThat().belongToAnyOf(Thread.class, Socket.class, Clock.class);
    }
}
