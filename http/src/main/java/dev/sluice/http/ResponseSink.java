package dev.sluice.http;

import dev.sluice.core.CloseReason;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;

/**
 * Takes the response half of an exchange: interim heads any number of times, one final head, data, then the end; a reset may come
 * instead of any of them. It also holds the request back for the side that the response comes from.
 *
 * <p>The exchange is one for the origin's codec, a client's codec is one for the exchange. Called on the loop.
 */
public interface ResponseSink {

    /** A 1xx response. 101 is the last one: the stream is no HTTP any more after it. */
    void interim(ResponseHead head);

    /** The final response begins. A response with a length of 0 still gets its {@link #responseEnd}. */
    void responseHead(ResponseHead head);

    /**
     * A piece of the body.
     *
     * @implNote takes ownership
     */
    void responseData(ByteBuf data);

    /** The response is complete. */
    void responseEnd(HttpHeaders trailers);

    /** Everything that was passed since the last flush should go out. */
    void responseFlush();

    /** The response will not be completed: what was passed on must not look complete. */
    void responseReset(CloseReason why);

    /** Whoever the request goes to can take no more for now. What is on its way may still come. */
    void pauseRequest();

    /** The request may flow again. */
    void resumeRequest();
}
