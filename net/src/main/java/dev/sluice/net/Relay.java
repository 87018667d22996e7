package dev.sluice.net;

import dev.sluice.core.Connection;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;

/** Joins two opaque streams; nothing else does. */
public final class Relay {
    private Relay() {}

    /**
     * Moves bytes both ways until both directions have ended: back-pressure both ways, a half-close carried over, a reset passed
     * on as a reset, bytes counted in {@code connection.traffic()}. Takes both channels over from their {@link ReadHold}, owns and
     * closes them. Closing the connection's scope ends it. Call on the client's loop; the target may live on another one.
     *
     * @return never fails; done on the client's loop when both channels are closed
     */
    public static Future<RelayResult> join(Connection connection, Channel client, Channel target, RelayOptions options) {
        if (client.eventLoop().equals(target.eventLoop())) {
            return new RelaySession(connection, client, target, options).start();
        }
        Promise<RelayResult> done = client.eventLoop().newPromise();
        target.eventLoop().execute(() -> {
            CrossLoopStream near = CrossLoopStream.over(target, client.eventLoop());
            client.eventLoop().register(near)
                    .addListener(registered -> new RelaySession(connection, client, near, options).start()
                            .addListener((Future<RelayResult> f) -> done.setSuccess(f.getNow())));
        });
        return done;
    }
}
