package dev.sluice.core;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;

/** The floor below everything, and no thread of it ever waits. */
@AnalyzeClasses(packages = "dev.sluice", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final Set<String> WAITING = Set.of("await", "awaitUninterruptibly", "sync", "syncUninterruptibly", "get",
            "join");

    @ArchTest
    static final ArchRule CORE_KNOWS_NO_OTHER_MODULE = noClasses().that().resideInAPackage("dev.sluice.core..").should()
            .dependOnClassesThat(DescribedPredicate.describe("belong to another package of Sluice",
                    c -> c.getPackageName().startsWith("dev.sluice") && !c.getPackageName().startsWith("dev.sluice.core")));

    @ArchTest
    static final ArchRule NO_LOCKS = noClasses().that().resideInAPackage("dev.sluice.core..").should().dependOnClassesThat()
            .resideInAPackage("java.util.concurrent.locks..").orShould().dependOnClassesThat()
            .belongToAnyOf(CountDownLatch.class, CyclicBarrier.class, Semaphore.class, Phaser.class, BlockingQueue.class);

    @ArchTest
    static final ArchRule NO_WAITING = noClasses().that().resideInAPackage("dev.sluice.core..").should()
            .callMethodWhere(DescribedPredicate.describe("wait", ArchitectureTest::waits));

    /** {@code Throwable.fillInStackTrace} is synchronized, and so must be what overrides it. */
    @ArchTest
    static final ArchRule NO_SYNCHRONIZED = noMethods().that().areDeclaredInClassesThat()
            .resideInAPackage("dev.sluice.core..").and().doNotHaveName("fillInStackTrace").should()
            .haveModifier(JavaModifier.SYNCHRONIZED);

    @ArchTest
    static final ArchRule NO_RESOLVER = noClasses().that().resideInAPackage("dev.sluice.core..").should()
            .callMethodWhere(DescribedPredicate.describe("ask a resolver", ArchitectureTest::resolves));

    private static boolean waits(JavaMethodCall call) {
        String name = call.getName();
        return (WAITING.contains(name) && (call.getTargetOwner().isAssignableTo(java.util.concurrent.Future.class)
                || call.getTargetOwner().isAssignableTo(Future.class)
                || call.getTargetOwner().isEquivalentTo(CompletableFuture.class)))
                || (call.getTargetOwner().isAssignableTo(Thread.class) && Set.of("sleep", "join", "yield").contains(name))
                || (name.equals("wait") && call.getTarget().getOwner().isEquivalentTo(Object.class));
    }

    private static boolean resolves(JavaMethodCall call) {
        return call.getTargetOwner().isAssignableTo(InetAddress.class)
                && Set.of("getByName", "getAllByName", "getHostName", "getCanonicalHostName", "getLocalHost")
                        .contains(call.getName());
    }
}
