package dev.sluice.net;

import dev.sluice.core.Scope;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;

/**
 * One UDP socket on one event loop: datagrams in, datagrams out, bounded, dropping (and counting) rather than blocking. An ICMP
 * error does not end it.
 *
 * <p>Belongs to the executor of its scope, which must be a loop: every method but {@link #address} is called there.
 */
public final class UdpSocket {

    /** Gets the datagrams. */
    @FunctionalInterface
    public interface Receiver {
        /**
         * One datagram arrived. Called on the loop.
         *
         * @implNote takes ownership of {@code payload}
         */
        void received(InetSocketAddress sender, ByteBuf payload);
    }

    private UdpSocket() {}

    /**
     * Opens a socket that clients send to, and enters it in {@code own} while it lives. Any thread.
     *
     * @param scope owns the socket; its executor is the loop
     * @param address port 0 lets the system choose
     * @return fails with a {@link java.net.BindException} whose message names the address and the cause
     */
    public static Future<UdpSocket> listen(EventLoops loops, OwnAddresses own, Scope scope, InetSocketAddress address,
            Receiver receiver) {
        throw new UnsupportedOperationException();
    }

    /**
     * Opens a socket for one flow or association: as {@link #listen}, but not one of the program's own addresses. Any thread.
     */
    public static Future<UdpSocket> open(EventLoops loops, Scope scope, InetSocketAddress address, Receiver receiver) {
        throw new UnsupportedOperationException();
    }

    /** The local address, with the port that the system chose. Any thread. */
    public InetSocketAddress address() {
        throw new UnsupportedOperationException();
    }

    /**
     * Sends one datagram, or drops and counts it where the queue is full.
     *
     * @return whether it was accepted
     * @implNote takes ownership of {@code payload}
     */
    public boolean send(InetSocketAddress target, ByteBuf payload) {
        throw new UnsupportedOperationException();
    }

    /** Sends what {@link #send} has gathered. */
    public void flush() {
        throw new UnsupportedOperationException();
    }

    /** Datagrams dropped so far because the queue was full or the system refused them. */
    public long dropped() {
        throw new UnsupportedOperationException();
    }
}
