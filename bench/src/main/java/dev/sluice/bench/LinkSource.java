package dev.sluice.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Sends {@link Content} to everybody who connects, until he leaves: where the downloads over TCP come from. A thread for each. */
final class LinkSource {
    private LinkSource() {}

    /** Listens on every address, port {@code args[0]}, until it is ended. */
    public static void main(String[] args) throws IOException {
        Content content = new Content();
        try (ServerSocket server = new ServerSocket()) {
            server.setReuseAddress(true);
            server.bind(new InetSocketAddress(Integer.parseInt(args[0])), 1024);
            while (true) {
                Socket socket = server.accept();
                Thread.ofPlatform().start(() -> send(socket, content));
            }
        }
    }

    private static void send(Socket socket, Content content) {
        byte[] block = new byte[1 << 18];
        try (socket; OutputStream out = socket.getOutputStream()) {
            for (long at = 0;; at += block.length) {
                content.fill(block, block.length, at);
                out.write(block);
            }
        } catch (IOException e) {
            // the receiver has what it wanted: the usual end
        }
    }
}
