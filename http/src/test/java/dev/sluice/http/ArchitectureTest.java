package dev.sluice.http;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.junit.ArchTests;
import com.tngtech.archunit.lang.ArchRule;
import dev.sluice.testkit.ArchitectureRules;

/** What this module may know, and what must never happen on an event loop. */
@AnalyzeClasses(packages = "dev.sluice.http", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchTests RULES_OF_EVENT_LOOPS = ArchTests.in(ArchitectureRules.class);

    @ArchTest
    static final ArchRule KNOWS_ONLY_CORE_AND_NET = ArchitectureRules.knowsOnly("dev.sluice.http", "dev.sluice.net",
            "dev.sluice.core");

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
}
