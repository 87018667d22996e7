package dev.sluice.stream;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;

import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** This package is the only one of its floor that parks a thread or takes a lock. */
@AnalyzeClasses(packages = "dev.sluice", importOptions = ImportOption.DoNotIncludeTests.class)
class ParkingArchTest {
    private static final String EXEMPT = "dev.sluice.stream..";

    @ArchTest
    static final ArchRule NOBODY_ELSE_LOCKS_OR_PARKS = noClasses().that().resideOutsideOfPackage(EXEMPT).should()
            .dependOnClassesThat().resideInAPackage("java.util.concurrent.locks..").orShould()
            .dependOnClassesThat().haveFullyQualifiedName("java.util.concurrent.CountDownLatch").orShould()
            .callMethod(Thread.class, "sleep", long.class).orShould().callMethod(Object.class, "wait");

    @ArchTest
    static final ArchRule NOTHING_ELSE_IS_SYNCHRONIZED = noMethods().that().areDeclaredInClassesThat()
            .resideOutsideOfPackage(EXEMPT)
            .and().doNotHaveName("fillInStackTrace").should().haveModifier(JavaModifier.SYNCHRONIZED);

    @ArchTest
    static final ArchRule KNOWS_CHANNELS_AND_CORE_ONLY = noClasses().that().resideInAPackage(EXEMPT).should()
            .dependOnClassesThat().resideInAnyPackage("dev.sluice.net..", "io.netty.channel.epoll..", "io.netty.handler.ssl..");
}
