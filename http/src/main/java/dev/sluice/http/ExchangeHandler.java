package dev.sluice.http;

import dev.sluice.core.CloseReason;
import io.netty.channel.Channel;

/**
 * Decides what becomes of each request of a client's connection: the proxy's side of the engine. Called on the connection's loop.
 */
public interface ExchangeHandler {

    /**
     * A request has come. Now or later, exactly one of {@link Exchange#forward}, {@link Exchange#refuse} and
     * {@link Exchange#tunnel} must be called.
     */
    void request(Exchange exchange);

    /**
     * Client and origin have switched protocols (101): both streams are opaque from here on, with auto-read off and a
     * {@code ReadHold}, and belong to the handler. {@link #ended} is not called.
     */
    void switched(Exchange exchange, Channel client, Channel origin);

    /**
     * The client sent something that no exchange can be made of, and is answered with {@code status}; its connection ends. Counted
     * and logged by the handler.
     */
    default void malformed(int status, CloseReason why) {}

    /** A fault of ours on the client's connection, outside of any exchange; the connection ends. To be logged by the handler. */
    void fault(Throwable cause);

    /** The exchange is over. Not called for a tunnel. */
    void ended(Exchange exchange, CloseReason reason);
}
