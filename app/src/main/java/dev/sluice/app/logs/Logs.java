package dev.sluice.app.logs;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import dev.sluice.app.config.LogConfig;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import org.slf4j.LoggerFactory;

/**
 * The log of the program: one appender to standard error, whose format and level a new configuration may change. Standard output
 * stays for the user's data. Any thread.
 */
public final class Logs implements AutoCloseable {
    private final LoggerContext context;
    private final BoundedAppender appender;
    private final boolean terminal;

    private Logs(LoggerContext context, BoundedAppender appender, boolean terminal) {
        this.context = context;
        this.appender = appender;
        this.terminal = terminal;
    }

    /** Starts to log to standard error; in colour where the launcher has seen that it is a terminal. */
    public static Logs start(LogConfig config) {
        boolean terminal = "tty".equals(System.getProperty("sluice.stderr")) && System.getenv("NO_COLOR") == null;
        return start(config, new FileOutputStream(FileDescriptor.err), terminal);
    }

    /** Starts to log to {@code out}. */
    static Logs start(LogConfig config, OutputStream out, boolean terminal) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        BoundedAppender appender = new BoundedAppender(out, format(config, terminal));
        appender.setContext(context);
        appender.setName("stderr");
        appender.start();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.addAppender(appender);
        Logs logs = new Logs(context, appender, terminal);
        logs.levels(config);
        return logs;
    }

    /** Takes a new configuration over. */
    public void apply(LogConfig config) {
        appender.use(format(config, terminal));
        levels(config);
    }

    /** Lines that were dropped because the output was too slow. */
    public long dropped() {
        return appender.dropped();
    }

    private void levels(LogConfig config) {
        Level level = Level.toLevel(config.level().name());
        context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).setLevel(level);
        // What Netty says at DEBUG is about Netty; those who want it ask for TRACE.
        context.getLogger("io.netty").setLevel(level == Level.DEBUG ? Level.INFO : level);
        context.getLogger(ConnectionLog.LOGGER).setLevel(config.access() ? null : Level.OFF);
    }

    private static LineFormat format(LogConfig config, boolean terminal) {
        return config.format() == LogConfig.Format.JSON ? new JsonLines() : new TextLines(terminal);
    }

    /** Writes what is left, for at most a second. */
    @Override
    public void close() {
        context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).detachAppender(appender);
        appender.stop();
    }
}
