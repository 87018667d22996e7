package dev.sluice.rudp.channel;

import dev.sluice.core.CloseReason;

/** Hears of one connection. On its loop. */
public interface SessionListener {
    /** The peer is authenticated. */
    void established();

    /** The peer has the same keys, and so the same secret. */
    void confirmed();

    /** The peer has opened a stream; a hold is at the end of its pipeline. */
    void opened(RudpStreamChannel stream);

    /** An unreliable datagram came. */
    void datagram(byte[] bytes);

    /** Nothing more can be sent; what arrived can still be read. */
    void over(CloseReason reason);

    /** Everything is freed. The last call. */
    void gone();
}
