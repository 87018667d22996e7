package dev.sluice.rudp;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.sluice.testkit.ArchitectureRules;
import java.util.Set;

/** What this module may know, and what its state machine must not know. */
@AnalyzeClasses(packages = "dev.sluice.rudp", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final Set<String> PLAIN = Set.of("java.lang", "java.lang.runtime", "java.lang.invoke", "java.util",
            "java.util.function",
            "java.util.random", "java.nio.charset", "java.time", "java.math", "java.security", "java.security.spec",
            "java.security.interfaces");

    @ArchTest
    static final ArchRule KNOWS_ONLY_CORE_AND_NET_BELOW_IT = ArchitectureRules.knowsOnly("dev.sluice.rudp", "dev.sluice.net",
            "dev.sluice.core", "dev.sluice.stream");

    @ArchTest
    static final ArchRule THE_PROTOCOL_KNOWS_NO_CHANNEL_SOCKET_THREAD_OR_CLOCK = classes().that()
            .resideInAPackage("..rudp.protocol..").should()
            .onlyDependOnClassesThat(describe("are plain values, collections and ciphers", ArchitectureTest::plain));

    @ArchTest
    static final ArchRule THE_PROTOCOL_READS_NO_CLOCK = noClasses().that().resideInAPackage("..rudp.protocol..").should()
            .callMethod(System.class, "nanoTime").orShould().callMethod(System.class, "currentTimeMillis").orShould()
            .dependOnClassesThat().areAssignableTo(Thread.class).orShould().dependOnClassesThat()
            .areAssignableTo(java.time.Clock.class);

    @ArchTest
    static final ArchRule CRYPTO_CONGESTION_AND_FEC_STAND_ALONE = noClasses().that()
            .resideInAnyPackage("..protocol.crypto..", "..protocol.congestion..", "..protocol.fec..").should()
            .dependOnClassesThat().haveNameMatching("dev\\.sluice\\.rudp\\.protocol\\.[A-Z].*").allowEmptyShould(true);

    private static boolean plain(JavaClass c) {
        String name = c.getPackageName();
        return name.startsWith("dev.sluice.rudp.protocol") || PLAIN.contains(name) || name.startsWith("javax.crypto")
                || c.getName().equals("java.nio.ByteOrder") || c.getName().equals("java.io.ByteArrayOutputStream")
                || c.getName().equals("java.net.InetSocketAddress") || c.getName().equals("java.net.InetAddress")
                || name.startsWith("org.jspecify") || c.isPrimitive() || c.isArray();
    }
}
