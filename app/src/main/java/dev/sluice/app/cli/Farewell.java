package dev.sluice.app.cli;

import dev.sluice.rudp.RudpConnection;
import dev.sluice.stream.Stream;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * However the process ends, by a signal or a failure, the other end hears of it at once and not by its idle limit. A hook of the JVM, so
 * that the exit code stays that of the signal. Any thread.
 */
final class Farewell {
    private static final long PATIENCE_MILLIS = 500;

    private volatile boolean leaving;
    private volatile @Nullable Stream stream;

    /** To be said on {@code connection}, which is given back. */
    RudpConnection on(RudpConnection connection) {
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("farewell").unstarted(() -> say(connection)));
        return connection;
    }

    /** What this stream has not sent is dropped where the other end does not take it: the farewell would come behind it. */
    Stream over(Stream its) {
        stream = its;
        return its;
    }

    /** Whether the process ends already: what fails from then on is no news. */
    boolean leaving() {
        return leaving;
    }

    private void say(RudpConnection connection) {
        leaving = true;
        connection.close("the other end was stopped");
        if (!gone(connection)) {
            Stream full = stream;
            if (full != null) {
                full.reset();
            }
            gone(connection);
        }
    }

    private static boolean gone(RudpConnection connection) {
        try {
            return connection.closed().await(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
