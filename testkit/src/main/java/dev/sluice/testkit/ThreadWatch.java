package dev.sluice.testkit;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test class that leaves threads of ours behind: platform threads named {@code sluice-...}. As a static extension it
 * brackets the class; elsewhere {@link #begin} and {@link #verify} do.
 */
public final class ThreadWatch implements BeforeAllCallback, AfterAllCallback {
    private static final Duration GRACE = Duration.ofSeconds(10);

    private Set<Thread> before = Set.of();

    /** Begins with {@link #begin}, or with the test class that it extends. */
    public ThreadWatch() {}

    /** The threads that run now are not watched. */
    public void begin() {
        before = Set.copyOf(Thread.getAllStackTraces().keySet());
    }

    /** Fails where a thread of ours that was started since {@link #begin} does not end soon. */
    public void verify() {
        try {
            Awaitility.await().atMost(GRACE).pollInterval(Duration.ofMillis(20)).until(() -> left().isEmpty());
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("threads left: " + left().stream().map(Thread::getName).collect(Collectors.joining(", ")),
                    e);
        }
    }

    private List<Thread> left() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(t -> t.getName().startsWith("sluice-") && t.isAlive() && !before.contains(t)).toList();
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        begin();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        verify();
    }
}
