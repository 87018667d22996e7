package dev.sluice.app;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;

/** What holds over all modules: this one sees them all. */
@AnalyzeClasses(packages = "dev.sluice", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final Set<String> WRITES_REQUESTS = Set.of("HttpRequestEncoder", "HttpClientCodec", "HttpObjectEncoder");

    /** Whoever carries a connection hands it to the dispatcher. */
    @ArchTest
    static final ArchRule ONLY_THE_DISPATCHER_ASKS_FOR_A_RELAY = noClasses().that()
            .doNotHaveFullyQualifiedName("dev.sluice.net.Dispatcher").and().resideOutsideOfPackages("dev.sluice.bench..").should()
            .callMethodWhere(describe("joins two streams",
                    (JavaCall<?> call) -> call.getTargetOwner().getName().equals("dev.sluice.net.Relay")));

    @ArchTest
    static final ArchRule ONLY_A_RELAY_JOINS_STREAMS = noClasses().that(describe("are not the relay's",
            (JavaClass c) -> !c.getName().startsWith("dev.sluice.net.Relay")
                    && !c.getPackageName().equals("dev.sluice.net.splice")))
            .should().dependOnClassesThat(describe("move bytes between two streams",
                    (JavaClass c) -> c.getName().startsWith("dev.sluice.net.RelaySession")
                            || c.getName().startsWith("dev.sluice.net.RelaySide")
                            || c.getName().startsWith("dev.sluice.net.splice.Splice")));

    @ArchTest
    static final ArchRule ONLY_THE_EXCHANGE_ENGINE_FORWARDS_HTTP = noClasses().that().resideOutsideOfPackage("dev.sluice.http..")
            .should().dependOnClassesThat(describe("write HTTP requests",
                    (JavaClass c) -> c.getPackageName().startsWith("io.netty.handler.codec.http")
                            && WRITES_REQUESTS.contains(c.getSimpleName())));
}
