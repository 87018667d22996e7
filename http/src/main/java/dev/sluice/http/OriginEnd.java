package dev.sluice.http;

import io.netty.channel.Channel;

/** The origin's end of an exchange: a codec that writes a request and reads its response. Called on the loop. */
interface OriginEnd extends RequestSink {

    /** Begins an exchange: writes the head. */
    void send(RequestHead head, ResponseSink sink);

    /** Whether the connection was used before and has said nothing since: it may have been dead before the request went out. */
    boolean maybeStale();

    /** The response is known to be complete only by {@code Connection: close}, or the origin asked to close: no more request is wanted. */
    boolean closing();

    /**
     * Takes the codec off the origin's stream after 101. What the origin sent behind it is kept.
     *
     * @return the stream, with auto-read off and a {@code ReadHold}
     */
    Channel detach();
}
