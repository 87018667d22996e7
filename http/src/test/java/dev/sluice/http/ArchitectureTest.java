package dev.sluice.http;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;

import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;
import java.util.concurrent.Future;

/** What this module may know. */
@AnalyzeClasses(packages = "dev.sluice.http", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final Set<String> WAITS = Set.of("await", "awaitUninterruptibly", "sync", "syncUninterruptibly", "join",
            "get");

    @ArchTest
    static final ArchRule KNOWS_ONLY_CORE_AND_NET = noClasses().should().dependOnClassesThat(describe("are of a higher floor",
            (JavaClass c) -> c.getPackageName().startsWith("dev.sluice.") && !c.getPackageName().equals("dev.sluice.http")
                    && !c.getPackageName().equals("dev.sluice.net") && !c.getPackageName().equals("dev.sluice.core")));

    @ArchTest
    static final ArchRule NEVER_JOINS_OPAQUE_STREAMS = noClasses().should().dependOnClassesThat()
            .haveSimpleNameStartingWith("Relay")
            .orShould().dependOnClassesThat().haveSimpleName("Dispatcher");

    @ArchTest
    static final ArchRule THE_EXCHANGE_KNOWS_NO_VERSION = noClasses().that().haveSimpleName("Exchange").should()
            .dependOnClassesThat(describe("belong to the HTTP/1 codec",
                    (JavaClass c) -> (c.getSimpleName().startsWith("Http1") && !c.getSimpleName().equals("Http1Length"))
                            || (c.getPackageName().equals("io.netty.handler.codec.http")
                                    && c.getSimpleName().endsWith("coder"))));

    @ArchTest
    static final ArchRule NOTHING_IS_SYNCHRONIZED = noMethods().that().doNotHaveName("fillInStackTrace").should()
            .haveModifier(JavaModifier.SYNCHRONIZED);

    @ArchTest
    static final ArchRule NOBODY_WAITS = noClasses().should().callMethodWhere(describe("waits for a future or a thread",
            (JavaCall<?> call) -> (call.getTargetOwner().isAssignableTo(Future.class) && WAITS.contains(call.getName()))
                    || (call.getTargetOwner().isEquivalentTo(Thread.class) && Set.of("sleep", "join").contains(call.getName()))));

    @ArchTest
    static final ArchRule NO_LOCKS = noClasses().should().dependOnClassesThat().resideInAPackage("java.util.concurrent.locks..");
}
