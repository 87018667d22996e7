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
    private final SocketAddress server;
    private DatagramChannel back;
    private final Selector selector = Selector.open();
    private final Thread thread;
    private @Nullable SocketAddress client;
    private volatile int changeAfter = -1;
    private int passed;

    UdpRelay(InetSocketAddress server) throws IOException {
        this.server = server;
        front.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        front.configureBlocking(false);
        front.register(selector, SelectionKey.OP_READ);
        back = openBack();
        thread = Thread.ofPlatform().daemon().start(this::run);
    }

    InetSocketAddress address() throws IOException {
        return (InetSocketAddress) front.getLocalAddress();
    }

    private DatagramChannel openBack() throws IOException {
        DatagramChannel opened = DatagramChannel.open();
        opened.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        opened.connect(server);
        opened.configureBlocking(false);
        opened.register(selector, SelectionKey.OP_READ);
        return opened;
    }

    /** As a NAT that forgets: the server sees another port after so many datagrams of the client, and nothing reaches the old one. */
    void changePortAfter(int datagrams) {
        changeAfter = datagrams;
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
            if (changeAfter >= 0 && passed++ == changeAfter) {
                back.close();
                back = openBack();
            }
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
