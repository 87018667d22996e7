package dev.sluice.net;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.net.InetAddress;
import java.util.Set;
import java.util.concurrent.Future;

/** What this module may know, and what must never happen on an event loop. */
@AnalyzeClasses(packages = "dev.sluice.net", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final Set<String> WAITS = Set.of("await", "awaitUninterruptibly", "sync", "syncUninterruptibly", "join");

    @ArchTest
    static final ArchRule KNOWS_ONLY_CORE_BELOW_IT = noClasses().should().dependOnClassesThat(
            describe("are of a higher floor", (JavaClass c) -> c.getPackageName().startsWith("dev.sluice.")
                    && !c.getPackageName().startsWith("dev.sluice.net") && !c.getPackageName().equals("dev.sluice.core")
                    && !c.getPackageName().equals("dev.sluice.stream")));

    @ArchTest
    static final ArchRule THE_RACE_KNOWS_NO_CHANNEL_THREAD_OR_CLOCK = classes().that().resideInAPackage("..net.dial..").should()
            .onlyDependOnClassesThat(describe("are plain values and collections",
                    (JavaClass c) -> c.getPackageName().equals("dev.sluice.net.dial") || c.getPackageName().equals("java.lang")
                            || c.getPackageName().equals("java.lang.runtime") || c.getPackageName().equals("java.util")
                            || c.getName().startsWith("java.net.Inet") || c.getName().equals("java.time.Duration")
                            || c.getPackageName().startsWith("org.jspecify") || c.isPrimitive() || c.isArray()));

    @ArchTest
    static final ArchRule NO_LOCKS = noClasses().should().dependOnClassesThat().resideInAPackage("java.util.concurrent.locks..")
            .orShould().dependOnClassesThat().haveFullyQualifiedName("java.util.concurrent.CountDownLatch").orShould()
            .dependOnClassesThat().haveFullyQualifiedName("java.util.concurrent.Semaphore").orShould().dependOnClassesThat()
            .areAssignableTo(java.util.concurrent.BlockingQueue.class);

    @ArchTest
    static final ArchRule NOTHING_IS_SYNCHRONIZED = com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods().that()
            .doNotHaveName("fillInStackTrace").should().haveModifier(JavaModifier.SYNCHRONIZED);

    @ArchTest
    static final ArchRule NOBODY_WAITS = noClasses().should().callMethodWhere(blocks()).orShould()
            .callMethodWhere(target(owner(describe("Thread", (JavaClass c) -> c.isEquivalentTo(Thread.class))))
                    .and(describe("sleeps or joins", (JavaCall<?> c) -> Set.of("sleep", "join").contains(c.getName()))));

    @ArchTest
    static final ArchRule NAMES_ARE_NOT_RESOLVED_BY_BLOCKING = noClasses().should().callMethodWhere(
            target(owner(describe("InetAddress", (JavaClass c) -> c.isAssignableTo(InetAddress.class)))).and(describe("resolves",
                    (JavaCall<?> c) -> Set.of("getByName", "getAllByName", "getHostName", "getCanonicalHostName", "getLocalHost")
                            .contains(c.getName()))));

    private static DescribedPredicate<JavaCall<?>> blocks() {
        return describe("waits for a future", (JavaCall<?> c) -> c.getTargetOwner().isAssignableTo(Future.class)
                && (WAITS.contains(c.getName()) || c.getName().equals("get")));
    }
}
