package dev.sluice.net;

import io.netty.util.concurrent.Future;

/**
 * A stream that is no socket and says itself how it can end; a stream of a multiplexed session is one. {@link Finish} asks it, and then uses
 * its {@code shutdownOutput}. Every method is called on the channel's loop.
 */
public interface HalfCloseAware {

    /** Whether the stream can end its output and go on reading. */
    boolean carriesHalfClose();

    /**
     * Nothing more will be written, but for the end itself: it is held back, because this stream cannot carry it alone. Whoever shares
     * something with the stream need not wait for it any more.
     */
    default void ending() {}

    /**
     * Closes so that the peer sees an abrupt end (a reset frame, an error) and not an orderly one.
     *
     * @return done when the channel is closed
     */
    Future<Void> reset();
}
