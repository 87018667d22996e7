package dev.sluice.http;

import dev.sluice.core.CloseReason;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;

/**
 * Takes the request half of an exchange after its head: data any number of times, then the end or a reset, once. It also holds the
 * response back for the side that the request comes from.
 *
 * <p>The exchange is one for the client's codec, an origin's codec is one for the exchange. Called on the loop.
 */
public interface RequestSink {

    /**
     * A piece of the body.
     *
     * @implNote takes ownership
     */
    void requestData(ByteBuf data);

    /** The body is complete. */
    void requestEnd(HttpHeaders trailers);

    /** Everything that was passed since the last flush should go out: the source has no more for now. */
    void requestFlush();

    /** The request will not be completed, and nobody wants its response. */
    void requestReset(CloseReason why);

    /** Whoever the response goes to can take no more for now. What is on its way may still come. */
    void pauseResponse();

    /** The response may flow again. */
    void resumeResponse();
}
