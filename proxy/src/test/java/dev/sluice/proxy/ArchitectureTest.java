package dev.sluice.proxy;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Clock;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Future;

/** What this module may know, and what must never happen on an event loop. */
@AnalyzeClasses(packages = "dev.sluice.proxy", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final Set<String> FLOORS_BELOW = Set.of("dev.sluice.core", "dev.sluice.net", "dev.sluice.http",
            "dev.sluice.rudp", "dev.sluice.rudp.protocol.crypto");
    private static final Set<String> WAITS = Set.of("await", "awaitUninterruptibly", "sync", "syncUninterruptibly", "join",
            "get");

    @ArchTest
    static final ArchRule KNOWS_ONLY_THE_FLOORS_BELOW = noClasses().should()
            .dependOnClassesThat(describe("are of another module", (JavaClass c) -> c.getPackageName().startsWith("dev.sluice.")
                    && !c.getPackageName().startsWith("dev.sluice.proxy") && !FLOORS_BELOW.contains(c.getPackageName())));

    @ArchTest
    static final ArchRule STATE_MACHINES_KNOW_NO_CHANNEL_THREAD_OR_CLOCK = noClasses().that()
            .resideInAnyPackage("..proxy.socks..", "..proxy.sniff..", "..proxy.rudp..").should().dependOnClassesThat()
            .resideInAnyPackage("io.netty.channel..", "io.netty.util.concurrent..", "java.util.concurrent..",
                    "java.nio.channels..",
                    "dev.sluice.net..")
            .orShould().dependOnClassesThat().belongToAnyOf(Thread.class, Socket.class, Clock.class);

    @ArchTest
    static final ArchRule NO_LOCKS = noClasses().should().dependOnClassesThat().resideInAPackage("java.util.concurrent.locks..")
            .orShould().dependOnClassesThat().haveFullyQualifiedName("java.util.concurrent.CountDownLatch").orShould()
            .dependOnClassesThat().haveFullyQualifiedName("java.util.concurrent.Semaphore").orShould().dependOnClassesThat()
            .areAssignableTo(BlockingQueue.class);

    @ArchTest
    static final ArchRule NOTHING_IS_SYNCHRONIZED = noMethods().that().doNotHaveName("fillInStackTrace").should()
            .haveModifier(JavaModifier.SYNCHRONIZED);

    @ArchTest
    static final ArchRule NOBODY_WAITS = noClasses().should().callMethodWhere(blocks()).orShould()
            .callMethodWhere(
                    describe("a thread sleeps or joins", (JavaCall<?> c) -> c.getTargetOwner().isEquivalentTo(Thread.class)
                            && Set.of("sleep", "join").contains(c.getName())));

    @ArchTest
    static final ArchRule NAMES_ARE_NOT_RESOLVED_BY_BLOCKING = noClasses().should().callMethodWhere(
            describe("resolves a name", (JavaCall<?> c) -> c.getTargetOwner().isAssignableTo(InetAddress.class) && Set
                    .of("getByName", "getAllByName", "getHostName", "getCanonicalHostName", "getLocalHost")
                    .contains(c.getName())));

    private static DescribedPredicate<JavaCall<?>> blocks() {
        return describe("waits for a future",
                (JavaCall<?> c) -> c.getTargetOwner().isAssignableTo(Future.class) && WAITS.contains(c.getName()));
    }
}
