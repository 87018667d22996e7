package dev.sluice.core;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;

/**
 * A packet flow: addressed packets both ways, bounded, dropping (and counting) rather than blocking. A UDP socket, a SOCKS
 * association and a tunnelled flow are all one of these.
 *
 * <p>Belongs to one event loop: every method but {@link #close} is called there, and the receiver is called there.
 */
public interface PacketChannel {

    /** What is done with packets that arrive; called on the channel's loop. */
    @FunctionalInterface
    interface Receiver {
        /**
         * One packet arrived.
         *
         * @param source who sent it
         * @param payload the datagram
         * @implNote takes ownership of {@code payload}
         */
        void received(Destination source, ByteBuf payload);
    }

    /**
     * Sets who gets the packets; packets that arrive before that are dropped and counted.
     *
     * @throws IllegalStateException when one is set already
     */
    void receive(Receiver receiver);

    /**
     * Sends one packet, or drops and counts it where the queue is full or the target may not be reached.
     *
     * @param payload the datagram, at most 65,507 bytes
     * @return whether it was accepted; false where it was dropped
     * @implNote takes ownership of {@code payload}
     */
    boolean send(Destination target, ByteBuf payload);

    /** Sends what {@link #send} has gathered: called at the end of a burst, as {@code flush} of a channel is. */
    void flush();

    /**
     * Whether packets to a name have gone to {@code address}: only who has resolved the name knows. For filters that let replies in
     * only from where packets were sent to. A flow that leaves names to the next hop cannot know, and says yes.
     */
    default boolean resolvedTo(InetAddress address) {
        return true;
    }

    /** Packets dropped in either direction so far. */
    long dropped();

    /** Closes the flow; harmless when closed. Any thread. */
    void close(CloseReason reason);

    /** Done when the flow is closed, with the reason. */
    Future<CloseReason> closed();
}
