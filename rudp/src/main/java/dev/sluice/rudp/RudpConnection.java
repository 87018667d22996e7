package dev.sluice.rudp;

import dev.sluice.core.CloseReason;
import dev.sluice.net.StreamChannel;
import dev.sluice.rudp.protocol.crypto.PublicKey;
import dev.sluice.stream.Stream;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection: streams in both directions, unreliable datagrams, and a peer that is known by its key. Methods that give a
 * {@link Future} never wait and serve programs of Netty; the others wait, and are not for event loops. Any thread.
 */
public final class RudpConnection implements AutoCloseable {
    private RudpConnection() {}

    // Streams.

    /** Opens a stream; waits while the peer allows no more. */
    public Stream openStream() throws IOException {
        throw new UnsupportedOperationException();
    }

    /** Waits for the next stream that the peer opens. */
    public Stream acceptStream() throws IOException {
        throw new UnsupportedOperationException();
    }

    /** Opens a stream as a channel on {@link #loop}, with a hold at the end of its pipeline. */
    public Future<StreamChannel> openChannel() {
        throw new UnsupportedOperationException();
    }

    /** From now on each stream that the peer opens goes to {@code accepted} and not to {@link #acceptStream}; on {@link #loop}. */
    public void onChannel(Consumer<StreamChannel> accepted) {
        throw new UnsupportedOperationException();
    }

    // Datagrams.

    /** Sends an unreliable datagram; dropped and counted where there is no room. The array must not be changed afterwards. */
    public void sendDatagram(byte[] datagram) {
        throw new UnsupportedOperationException();
    }

    /** Bytes of the largest datagram that fits now, roughly: paths change. */
    public int maxDatagram() {
        throw new UnsupportedOperationException();
    }

    /** Waits for the next datagram. */
    public byte[] receiveDatagram() throws IOException {
        throw new UnsupportedOperationException();
    }

    /** From now on each datagram goes to {@code received} and not to {@link #receiveDatagram}; on {@link #loop}. */
    public void onDatagram(Consumer<byte[]> received) {
        throw new UnsupportedOperationException();
    }

    // The connection.

    /** The peer's key; null where it has none that is known yet. */
    public @Nullable PublicKey peerKey() {
        throw new UnsupportedOperationException();
    }

    /** Where the peer is now. */
    public InetSocketAddress remoteAddress() {
        throw new UnsupportedOperationException();
    }

    /** Our socket's address now. */
    public InetSocketAddress localAddress() {
        throw new UnsupportedOperationException();
    }

    /** The loop that everything of this connection happens on. */
    public EventLoop loop() {
        throw new UnsupportedOperationException();
    }

    /**
     * Moves to another address of the server. Data goes the old way until the new one is proved; where it is not, this fails and the old
     * path stays. For clients.
     */
    public void migrate(InetSocketAddress newRemote) throws IOException {
        throw new UnsupportedOperationException();
    }

    /** Moves to another local address, as {@link #migrate} does; port 0 lets the system choose. For clients. */
    public void rebind(InetSocketAddress newLocal) throws IOException {
        throw new UnsupportedOperationException();
    }

    /** Closes: what was written is delivered within the configured linger, then the peer hears the reason. Does not wait. */
    public void close(String reason) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        close("");
    }

    /** Whether it can still carry data. */
    public boolean isOpen() {
        throw new UnsupportedOperationException();
    }

    /** Done, with why, as soon as the connection can carry nothing more. */
    public Future<CloseReason> closing() {
        throw new UnsupportedOperationException();
    }

    /** Done when everything is freed. */
    public Future<?> closed() {
        throw new UnsupportedOperationException();
    }
}
