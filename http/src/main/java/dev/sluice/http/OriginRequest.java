package dev.sluice.http;

import dev.sluice.core.CloseReason;
import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.Connection;
import dev.sluice.core.Outbound;
import dev.sluice.core.Route;
import dev.sluice.core.Scope;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What an exchange asks of the {@link OriginPool}: a stream to its target, as a {@link Connection} and by a {@link Route}.
 *
 * <p>It hangs in the scope of that connection, so that the exchange ends when it closes; it cancels a dial that nobody waits for any
 * more; it counts the connection's bytes. One for each forwarded exchange; belongs to the loop.
 */
final class OriginRequest implements Scope.Closer {
    private final Exchange exchange;
    private final ClientEnd client;
    private final Connection connection;
    private final Route route;
    private Scope.@Nullable Ownership hold;
    private @Nullable Scope dial;
    private boolean again;
    private long countedUp;
    private long countedDown;

    OriginRequest(Exchange exchange, ClientEnd client, Connection connection, Route route) {
        this.exchange = exchange;
        this.client = client;
        this.connection = connection;
        this.route = route;
    }

    Connection connection() {
        return connection;
    }

    Route route() {
        return route;
    }

    Outbound outbound() {
        return route.outbound();
    }

    RequestHead head() {
        return exchange.head();
    }

    /** The idle connection that belongs to this client alone. */
    PinnedOrigin pinned() {
        return client.pinned();
    }

    /** Ties the exchange to the connection's scope: it ends with it. */
    void hold() {
        hold = connection.scope().own(this);
    }

    /** The exchange goes on without the scope: its streams belong to somebody else. */
    void release() {
        Scope.Ownership held = hold;
        if (held != null) {
            hold = null;
            held.release();
        }
    }

    /** The connection's scope closes. */
    @Override
    public @Nullable Future<?> close(CloseReason reason) {
        hold = null;
        exchange.abort(reason);
        return null;
    }

    // ---- finding an origin

    /** Asks {@code pool} for a stream that may have been used before. */
    void open(OriginPool pool) {
        pool.open(this, false);
    }

    /** Whether {@link #openAgain} was not called yet. */
    boolean mayTryAgain() {
        return !again;
    }

    /** Asks for a new stream in place of one that was dead when it was taken; once. */
    void openAgain(OriginPool pool) {
        again = true;
        pool.open(this, true);
    }

    /** A new stream is being opened in {@code scope}: closing that cancels it. */
    void dialling(Scope scope) {
        dial = scope;
    }

    /** Gives a dial that is under way only so much more time. */
    void hurry(Duration within) {
        Scope running = dial;
        if (running != null) {
            running.expireAfter(within);
        }
    }

    /** Nobody waits for a stream any more. */
    void cancelDial() {
        Scope running = dial;
        if (running != null) {
            dial = null;
            running.close(CloseReason.cancelled("the client left"));
        }
    }

    /** Whether nobody waits for a stream any more. */
    boolean isOver() {
        return exchange.isOver();
    }

    void opened(OriginEnd origin) {
        dial = null;
        exchange.opened(origin);
    }

    void openFailed(ConnectFailedException e) {
        dial = null;
        exchange.openFailed(e);
    }

    // ---- counting

    /** Adds to the connection's counters what has passed since the last call. */
    void count() {
        long up = client.received();
        long down = client.sent();
        if (up != countedUp) {
            connection.traffic().up(up - countedUp);
            countedUp = up;
        }
        if (down != countedDown) {
            connection.traffic().down(down - countedDown);
            countedDown = down;
        }
    }
}
