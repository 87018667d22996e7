package dev.sluice.testkit;

import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test after which a buffer is not released. As an extension ({@code @ExtendWith(LeakWatch.class)} or
 * {@code @RegisterExtension}) it looks after each test; elsewhere {@link #begin} and {@link #verify} bracket what is watched.
 *
 * <p>Exact, no sampling and no garbage collection; see {@link BufferLedger}. Buffers may be released a little later, by a loop that
 * is still closing: {@link #verify} waits for them.
 */
public final class LeakWatch implements BeforeEachCallback, AfterEachCallback {
    private static final Duration GRACE = Duration.ofSeconds(5);
    private static final int SHOWN = 3;

    private final Duration grace;
    private long mark;

    /** Begins with {@link #begin}, or with the test that it extends. */
    public LeakWatch() {
        this(GRACE);
    }

    /** For the watch's own test, which waits in vain. */
    LeakWatch(Duration grace) {
        this.grace = grace;
    }

    /** Only buffers made from now on are watched. */
    public void begin() {
        if (!BufferLedger.installed()) {
            throw new IllegalStateException("the buffer ledger is not installed: is testkit on the class path of this run?");
        }
        mark = BufferLedger.mark();
    }

    /** How many buffers made since {@link #begin} are not released now. */
    public int live() {
        return BufferLedger.liveSince(mark).size();
    }

    /** Fails where a buffer made since {@link #begin} is still not released after a short wait. */
    public void verify() {
        try {
            Awaitility.await().atMost(grace).pollInterval(Duration.ofMillis(10)).until(() -> live() == 0);
        } catch (ConditionTimeoutException e) {
            List<String> leaks = BufferLedger.liveSince(mark);
            if (!leaks.isEmpty()) {
                throw new AssertionError(leaks.size() + " buffers not released, the first of them:\n"
                        + String.join("\n----\n", leaks.subList(0, Math.min(SHOWN, leaks.size()))));
            }
        }
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        begin();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (context.getExecutionException().isEmpty()) {
            verify();
        }
    }
}
