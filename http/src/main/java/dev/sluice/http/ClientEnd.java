package dev.sluice.http;

import io.netty.channel.Channel;

/** The client's end of an exchange: a codec that has read a request and writes its response. Called on the loop. */
interface ClientEnd extends ResponseSink {

    /** The exchange is over: both halves are done, or the rest of them is given up. */
    void exchangeDone();

    /** Nobody wants the rest of the request: it is read and thrown away up to a bound, then the stream is given up. */
    void dropRequest();

    /** Says to the client, where its version can, that the response is the last one on this connection. To be called before the head. */
    void lastResponse();

    /**
     * Takes the codec off the client's stream, whose bytes are no HTTP from here on. What the client sent early is kept.
     *
     * @return the stream, with auto-read off and a {@code ReadHold}
     */
    Channel detach();

    /** Whether a response with this status can be sent: an HTTP/1.0 client knows no 1xx. */
    boolean takesInterim();

    /** Bytes received for this exchange so far, as on the wire. */
    long received();

    /** Bytes sent for this exchange so far, as on the wire. */
    long sent();

    /** The connection that the streams which must not be shared between clients are tied to. */
    PinnedOrigin pinned();
}
