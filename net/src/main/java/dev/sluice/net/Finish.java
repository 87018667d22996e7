package dev.sluice.net;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;

/**
 * Ends output, in the one right way.
 *
 * <p>{@code shutdownOutput} alone drops what is flushed but not yet written and knows nothing of TLS. Finishing waits for the
 * last write, then ends output as the channel can: close_notify where there is TLS, FIN on a socket, the stream's own end on a
 * {@link StreamChannel}.
 */
public final class Finish {
    private Finish() {}

    /**
     * Ends the output of {@code channel} after everything written so far. Input goes on where the channel can carry a half-close.
     * On the loop; harmless when done already.
     *
     * @return done when the end is on its way
     */
    public static Future<Void> finish(Channel channel) {
        throw new UnsupportedOperationException();
    }

    /**
     * Whether the channel can end its output and go on reading. TLS and streams whose end is a full close cannot: whoever relays
     * delays their end until the other direction has ended, or {@code linger} has passed.
     */
    public static boolean carriesHalfClose(Channel channel) {
        throw new UnsupportedOperationException();
    }

    /** Closes so that the peer sees a reset and not an orderly end: what it got must not pass for complete. On the loop. */
    public static Future<Void> reset(Channel channel) {
        throw new UnsupportedOperationException();
    }
}
