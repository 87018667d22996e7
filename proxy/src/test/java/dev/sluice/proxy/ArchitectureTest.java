package dev.sluice.proxy;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.junit.ArchTests;
import com.tngtech.archunit.lang.ArchRule;
import dev.sluice.testkit.ArchitectureRules;

/** What this module may know, and what must never happen on an event loop. */
@AnalyzeClasses(packages = "dev.sluice.proxy", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchTests RULES_OF_EVENT_LOOPS = ArchTests.in(ArchitectureRules.class);

    @ArchTest
    static final ArchRule KNOWS_ONLY_THE_FLOORS_BELOW = ArchitectureRules.knowsOnly("dev.sluice.proxy", "dev.sluice.core",
            "dev.sluice.net", "dev.sluice.http", "dev.sluice.rudp", "dev.sluice.rudp.protocol.crypto");

    @ArchTest
    static final ArchRule STATE_MACHINES_KNOW_NO_CHANNEL_THREAD_OR_CLOCK = ArchitectureRules
            .knowNoChannelThreadOrClock(new String[]{"..proxy.socks..", "..proxy.sniff..", "..proxy.rudp.."});
}
