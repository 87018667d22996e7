package dev.sluice.app.server;

import dev.sluice.app.admin.AdminServer;
import dev.sluice.app.admin.Tally;
import dev.sluice.app.config.Config;
import dev.sluice.app.config.Overrides;
import dev.sluice.app.logs.ConnectionLog;
import dev.sluice.app.logs.Logs;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of the program, from its start to the signal that ends it.
 *
 * <p>The caller's thread waits. The control thread starts, watches files and reloads; {@link #stop} may be called from any thread.
 */
public final class Runner {
    private static final Logger log = LoggerFactory.getLogger(Runner.class);
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration INTERRUPT_DRAIN = Duration.ofMillis(500);
    private static final int OK = 0;
    private static final int FAILURE = 1;

    private final Config config;
    private final @Nullable Path file;
    private final Overrides overrides;
    private final Map<String, String> environment;
    private final Logs logs;
    private final ScheduledExecutorService control = Executors
            .newSingleThreadScheduledExecutor(Thread.ofPlatform().name("sluice-control").daemon().factory());
    private final AtomicReference<@Nullable Server> server = new AtomicReference<>();
    private final AtomicReference<@Nullable Reloader> reloads = new AtomicReference<>();
    private final AtomicReference<@Nullable Duration> stopping = new AtomicReference<>();
    private final AtomicReference<@Nullable Admin> admin = new AtomicReference<>();
    private final CountDownLatch stop = new CountDownLatch(1);

    /** A run that is not started yet. */
    Runner(Config config, @Nullable Path file, Overrides overrides, Map<String, String> environment, Logs logs) {
        this.config = config;
        this.file = file;
        this.overrides = overrides;
        this.environment = environment;
        this.logs = logs;
    }

    /** Runs until a signal ends it; gives the exit code. {@code started} is called once everything listens. */
    public static int run(Config config, @Nullable Path file, Overrides overrides, PrintWriter err, Consumer<Runner> started) {
        try (Logs logs = Logs.start(config.log())) {
            Runner runner = new Runner(config, file, overrides, System.getenv(), logs);
            try {
                return runner.runToEnd(started);
            } catch (StartException e) {
                err.println("sluice: " + e.getMessage());
                err.flush();
                return FAILURE;
            }
        }
    }

    private int runToEnd(Consumer<Runner> started) throws StartException {
        try {
            Future<?> listening = begin();
            Signals.handle(this); // beside it: this takes 10 ms
            await(listening);
            announce();
            started.accept(this);
            stop.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return end();
    }

    /** Starts everything and says so. */
    void start() throws StartException {
        await(begin());
        announce();
    }

    private void announce() {
        Server started = server.get();
        if (started != null) {
            String tryIt = Announcement.tryIt(started);
            log.info("{}{}", Announcement.listening(started), tryIt == null ? "" : "; try: " + tryIt);
        }
    }

    private Future<?> begin() {
        return control.submit(() -> {
            Tally tally = new Tally(new ConnectionLog());
            Server started = Server.start(config, new Observers(tally, tally, tally, tally, tally::rudp),
                    StateDirectory.of(config));
            server.set(started);
            Admin listener = new Admin(started, new AdminServer.Sources(tally, started.table(), started.accounts(),
                    () -> stopping.get() == null, started::health, logs));
            admin.set(listener);
            listener.use(config.admin());
            Reloader reloader = new Reloader(started, listener, file, overrides, environment, logs);
            control.scheduleWithFixedDelay(() -> guarded(reloader::look), LOOK.toMillis(), LOOK.toMillis(),
                    TimeUnit.MILLISECONDS);
            reloads.set(reloader);
            return null;
        });
    }

    /** Where the admin listener is; null where there is none. For tests. */
    @Nullable
    InetSocketAddress adminAddress() {
        Admin listener = admin.get();
        return listener == null ? null : listener.address();
    }

    /** Reads the configuration anew. Any thread. */
    void reload() {
        control.execute(() -> {
            Reloader reloader = reloads.get();
            if (reloader != null) {
                guarded(() -> reloader.reload("asked by a signal"));
            }
        });
    }

    /** Waits until everything that was asked of the control thread is done. For tests. */
    void settle() throws InterruptedException, ExecutionException {
        control.submit(() -> {}).get();
    }

    /** Begins to end. Any thread. A second call ends the process at once. */
    void stop(String why, boolean patient) {
        Duration limit = patient ? config.timeouts().drain() : INTERRUPT_DRAIN;
        if (stopping.compareAndSet(null, limit)) {
            log.info("{}: no new connections, running ones have {} ms to finish", why, limit.toMillis());
            stop.countDown();
        } else {
            logs.close();
            Runtime.getRuntime().halt(OK);
        }
    }

    /** Lets what runs finish, up to the limit, and ends the rest. */
    int end() {
        Server running = server.get();
        Duration limit = stopping.get();
        if (running != null) {
            running.drain(limit == null ? INTERRUPT_DRAIN : limit).awaitUninterruptibly();
            running.close();
        }
        control.shutdownNow();
        log.info("stopped");
        return OK;
    }

    /** The server; null until it is started. For tests. */
    @Nullable
    Server server() {
        return server.get();
    }

    private void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) { // a fault of ours must not end the watch
            log.error("looking for changes failed", e);
        }
    }

    private static void await(Future<?> listening) throws StartException {
        try {
            listening.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof StartException s) {
                throw s;
            }
            throw new IllegalStateException(e.getCause());
        }
    }
}
