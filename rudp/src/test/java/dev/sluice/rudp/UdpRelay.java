package dev.sluice.rudp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import org.jspecify.annotations.Nullable;

/** Another address of a server: passes datagrams on both ways, for one client. A virtual thread that ends with {@link #close}. */
final class UdpRelay implements AutoCloseable {
    private final DatagramChannel front = DatagramChannel.open();
    private final DatagramChannel back = DatagramChannel.open();
    private final Selector selector = Selector.open();
    private final Thread thread;
    private @Nullable SocketAddress client;

    UdpRelay(InetSocketAddress server) throws IOException {
        front.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        back.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        back.connect(server);
        for (DatagramChannel each : new DatagramChannel[]{front, back}) {
            each.configureBlocking(false);
            each.register(selector, SelectionKey.OP_READ);
        }
        thread = Thread.ofPlatform().daemon().start(this::run);
    }

    InetSocketAddress address() throws IOException {
        return (InetSocketAddress) front.getLocalAddress();
    }

    private void run() {
        ByteBuffer buffer = ByteBuffer.allocate(65_536);
        try {
            while (selector.isOpen()) {
                selector.select();
                selector.selectedKeys().clear();
                pass(buffer);
            }
        } catch (IOException | RuntimeException e) {
            // closed
        }
    }

    private void pass(ByteBuffer buffer) throws IOException {
        for (SocketAddress from = front.receive(buffer.clear()); from != null; from = front.receive(buffer.clear())) {
            client = from;
            try {
                back.write(buffer.flip());
            } catch (SocketException e) {
                // nobody there
            }
        }
        while (back.read(buffer.clear()) > 0) {
            if (client != null) {
                front.send(buffer.flip(), client);
            }
        }
    }

    @Override
    public void close() throws IOException {
        selector.close();
        front.close();
        back.close();
        try {
            thread.join(5000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
