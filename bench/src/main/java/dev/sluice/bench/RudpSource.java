package dev.sluice.bench;

import dev.sluice.rudp.RudpConfig;
import dev.sluice.rudp.RudpConnection;
import dev.sluice.rudp.RudpServer;
import dev.sluice.stream.Stream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Sends {@link Content} on every stream that a client opens, over reliable UDP. A virtual thread for each. */
final class RudpSource {
    private RudpSource() {}

    /** Listens on loopback, port {@code args[0]}, with packets of {@code args[1]} bytes and {@code args[2]} sockets. */
    public static void main(String[] args) throws IOException {
        Content content = new Content();
        try (RudpServer server = RudpServer.bind(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0])),
                RudpConfig.builder().secret("bench").maxPacket(Integer.parseInt(args[1])).sockets(Integer.parseInt(args[2]))
                        .build())) {
            System.out.println("ready");
            while (true) {
                RudpConnection connection = server.accept();
                Thread.ofVirtual().start(() -> serve(connection, content));
            }
        }
    }

    private static void serve(RudpConnection connection, Content content) {
        try {
            while (true) {
                Stream stream = connection.acceptStream();
                Thread.ofVirtual().start(() -> send(stream, content));
            }
        } catch (IOException e) {
            connection.close(); // the client has left
        }
    }

    private static void send(Stream stream, Content content) {
        byte[] block = new byte[1 << 17];
        try (stream) {
            for (long at = 0;; at += block.length) {
                content.fill(block, block.length, at);
                stream.write(block, 0, block.length);
            }
        } catch (IOException e) {
            // the receiver has what it wanted: the usual end
        }
    }
}
