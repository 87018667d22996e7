package dev.sluice.anytls;

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
import java.net.Socket;
import java.time.Clock;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Future;

/** What this module may know, and what must never happen on an event loop. */
@AnalyzeClasses(packages = "dev.sluice.anytls", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final Set<String> WAITS = Set.of("await", "awaitUninterruptibly", "sync", "syncUninterruptibly", "join",
            "get");

    /** Two packages of proxy belong to both: the addresses of SOCKS5, and how a next proxy is reached. */
    private static final Set<String> FLOORS_BELOW = Set.of("dev.sluice.core", "dev.sluice.net", "dev.sluice.mux",
            "dev.sluice.http", "dev.sluice.proxy", "dev.sluice.proxy.socks", "dev.sluice.proxy.upstream");

    @ArchTest
    static final ArchRule KNOWS_ONLY_THE_FLOORS_BELOW = noClasses().should()
            .dependOnClassesThat(describe("are of another module", (JavaClass c) -> c.getPackageName().startsWith("dev.sluice.")
                    && !c.getPackageName().startsWith("dev.sluice.anytls") && !FLOORS_BELOW.contains(c.getPackageName())));

    @ArchTest
    static final ArchRule STATE_MACHINES_KNOW_NO_CHANNEL_THREAD_OR_CLOCK = noClasses().that()
            .resideInAnyPackage("..anytls.frame..", "..anytls.padding..", "..anytls.session..", "..anytls.auth..",
                    "..anytls.uot..")
            .should().dependOnClassesThat()
            .resideInAnyPackage("io.netty.channel..", "io.netty.util.concurrent..", "java.util.concurrent..",
                    "java.nio.channels..", "dev.sluice.net..", "dev.sluice.mux..")
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

    private static DescribedPredicate<JavaCall<?>> blocks() {
        return describe("waits for a future",
                (JavaCall<?> c) -> c.getTargetOwner().isAssignableTo(Future.class) && WAITS.contains(c.getName()));
    }
}
