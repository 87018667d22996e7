package dev.sluice.testkit;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * When a test run begins, in every module that has the testkit on its class path: installs the {@link BufferLedger}, and has every
 * wait for a state look often. Awaitility's own tenth of a second would be most of the time that the tests take.
 */
public final class WatchSetup implements LauncherSessionListener {
    private static final Duration LOOK = Duration.ofMillis(10);

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        BufferLedger.install();
        Awaitility.setDefaultPollInterval(LOOK);
    }
}
