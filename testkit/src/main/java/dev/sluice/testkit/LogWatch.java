package dev.sluice.testkit;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/**
 * Fails a test during which an ERROR was logged: ERROR is for a fault of ours. It also lets a test look at what was logged. As an
 * extension it brackets each test; elsewhere {@link #begin} and {@link #verify} do.
 */
public final class LogWatch implements BeforeEachCallback, AfterEachCallback {
    private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();
    private final Keeper keeper = new Keeper();

    /** Begins with {@link #begin}, or with the test that it extends. */
    public LogWatch() {}

    private final class Keeper extends AppenderBase<ILoggingEvent> {
        @Override
        protected void append(ILoggingEvent event) {
            event.prepareForDeferredProcessing();
            events.add(event);
        }
    }

    /** Forgets what was logged and watches from now on. */
    public void begin() {
        events.clear();
        Logger root = root();
        keeper.setContext(root.getLoggerContext());
        keeper.start();
        root.addAppender(keeper);
    }

    /** The messages logged at {@code level} or above so far, oldest first. */
    public List<String> messages(Level level) {
        return events.stream().filter(e -> e.getLevel().isGreaterOrEqual(level)).map(ILoggingEvent::getFormattedMessage).toList();
    }

    /** A test that provokes an ERROR on purpose takes it off the list, after it has looked. */
    public void forgive() {
        events.clear();
    }

    /** Stops watching. Fails where an ERROR was logged. */
    public void verify() {
        root().detachAppender(keeper);
        keeper.stop();
        List<String> errors = events.stream().filter(e -> e.getLevel().isGreaterOrEqual(Level.ERROR)).map(LogWatch::print)
                .toList();
        if (!errors.isEmpty()) {
            throw new AssertionError(errors.size() + " errors logged, the first of them:\n" + errors.getFirst());
        }
    }

    private static String print(ILoggingEvent event) {
        String stack = event.getThrowableProxy() == null ? "" : "\n" + ThrowableProxyUtil.asString(event.getThrowableProxy());
        return event.getLoggerName() + ": " + event.getFormattedMessage() + stack;
    }

    private static Logger root() {
        return ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        begin();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        verify();
    }
}
