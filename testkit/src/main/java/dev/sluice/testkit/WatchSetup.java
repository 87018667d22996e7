package dev.sluice.testkit;

import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/** Installs the {@link BufferLedger} when a test run begins, in every module that has the testkit on its class path. */
public final class WatchSetup implements LauncherSessionListener {
    @Override
    public void launcherSessionOpened(LauncherSession session) {
        BufferLedger.install();
    }
}
