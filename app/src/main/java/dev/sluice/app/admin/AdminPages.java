package dev.sluice.app.admin;

import dev.sluice.app.admin.AdminHandler.Answer;
import dev.sluice.core.ConnectionTable;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What there is to see, and to do. Called on virtual threads, which may wait for each other: only one makes the metrics at a time. */
final class AdminPages {
    private static final Logger log = LoggerFactory.getLogger(AdminPages.class);
    private static final String JSON = "application/json";
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

    private final BooleanSupplier ready;
    private final ConnectionTable table;
    private final UserSessions users;
    private final Supplier<Metrics> makeMetrics;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Metrics metrics;

    AdminPages(BooleanSupplier ready, ConnectionTable table, UserSessions users, Supplier<Metrics> makeMetrics) {
        this.ready = ready;
        this.table = table;
        this.users = users;
        this.makeMetrics = makeMetrics;
    }

    /** The page at {@code uri}, or what became of its deletion. */
    Answer answer(HttpMethod method, String uri) {
        String path;
        try {
            path = new QueryStringDecoder(uri).path();
        } catch (IllegalArgumentException e) {
            return Answer.text(HttpResponseStatus.BAD_REQUEST, "not a path");
        }
        try {
            if (method.equals(HttpMethod.GET)) {
                return page(path);
            }
            // No page of somebody else can make a browser send this: it asks first, by OPTIONS, and is not answered.
            if (method.equals(HttpMethod.DELETE) && UsersPage.deletes(path)) {
                return UsersPage.delete(path, users);
            }
            return Answer.text(HttpResponseStatus.METHOD_NOT_ALLOWED, "GET and HEAD only, and DELETE of /users/NAME/sessions");
        } catch (RuntimeException e) { // a fault of ours: the client gets an answer, the log gets the rest
            log.error("the admin page {} could not be made", path, e);
            return Answer.text(HttpResponseStatus.INTERNAL_SERVER_ERROR, "this page could not be made");
        }
    }

    private Answer page(String path) {
        return switch (path) {
            case "/" -> Answer.text(HttpResponseStatus.OK, "/healthz\n/readyz\n/metrics\n/connections\n/users");
            case "/healthz" -> Answer.text(HttpResponseStatus.OK, "ok");
            case "/readyz" -> ready.getAsBoolean()
                    ? Answer.text(HttpResponseStatus.OK, "ready")
                    : Answer.text(HttpResponseStatus.SERVICE_UNAVAILABLE, "starting or draining");
            case "/metrics" -> new Answer(HttpResponseStatus.OK, PROMETHEUS, metrics());
            case "/connections" -> new Answer(HttpResponseStatus.OK, JSON, ConnectionsPage.page(table));
            case "/users" -> new Answer(HttpResponseStatus.OK, JSON, UsersPage.page(users));
            default -> Answer.text(HttpResponseStatus.NOT_FOUND, "there is /healthz, /readyz, /metrics, /connections and /users");
        };
    }

    private String metrics() {
        lock.lock();
        try {
            Metrics made = metrics;
            if (made == null) {
                made = makeMetrics.get();
                metrics = made;
            }
            return made.page();
        } finally {
            lock.unlock();
        }
    }
}
