package dev.sluice.app.logs;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Logger;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * Leads SLF4J to Logback, without looking for anything: Logback's own provider searches all jars for services and files, which
 * takes a third of the program's start. {@link Logs} says where lines go. Named, not found: see {@link #name()}.
 */
public final class LogbackProvider implements SLF4JServiceProvider {
    private final LoggerContext context = new LoggerContext();
    private final IMarkerFactory markers = new BasicMarkerFactory();
    private final LogbackMDCAdapter diagnostics = new LogbackMDCAdapter();

    /** Has SLF4J take this provider, before the first logger is asked for; one that the user names stays. */
    public static void name() {
        if (System.getProperty("slf4j.provider") == null) {
            System.setProperty("slf4j.provider", LogbackProvider.class.getName());
            System.setProperty("slf4j.internal.verbosity", "WARN"); // that a provider was named is no news
        }
    }

    @Override
    public void initialize() {
        context.setName("sluice");
        context.setMDCAdapter(diagnostics);
        context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.INFO);
        context.start();
    }

    @Override
    public ILoggerFactory getLoggerFactory() {
        return context;
    }

    @Override
    public IMarkerFactory getMarkerFactory() {
        return markers;
    }

    @Override
    public MDCAdapter getMDCAdapter() {
        return diagnostics;
    }

    @Override
    public String getRequestedApiVersion() {
        return "2.0.99"; // as Logback's own: any 2.0
    }
}
