package dev.sluice.anytls;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.junit.ArchTests;
import com.tngtech.archunit.lang.ArchRule;
import dev.sluice.testkit.ArchitectureRules;

/** What this module may know, and what must never happen on an event loop. */
@AnalyzeClasses(packages = "dev.sluice.anytls", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchTests RULES_OF_EVENT_LOOPS = ArchTests.in(ArchitectureRules.class);

    /** Two packages of proxy belong to both: the addresses of SOCKS5, and how a next proxy is reached. */
    @ArchTest
    static final ArchRule KNOWS_ONLY_THE_FLOORS_BELOW = ArchitectureRules.knowsOnly("dev.sluice.anytls", "dev.sluice.core",
            "dev.sluice.net", "dev.sluice.mux", "dev.sluice.http", "dev.sluice.proxy", "dev.sluice.proxy.socks",
            "dev.sluice.proxy.upstream");

    @ArchTest
    static final ArchRule STATE_MACHINES_KNOW_NO_CHANNEL_THREAD_OR_CLOCK = ArchitectureRules.knowNoChannelThreadOrClock(
            new String[]{"..anytls.frame..", "..anytls.padding..", "..anytls.session..", "..anytls.auth..", "..anytls.uot.."},
            "dev.sluice.mux..");
}
