package dev.sluice.rudp;

import dev.sluice.stream.Stream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;

/**
 * A program of its own: answers each stream with the SHA-256 of what came on it. Its arguments are a port and a file for its key. It says
 * {@code port N}; a line {@code sockets} closes its sockets underneath it; the end of its input ends it.
 */
final class HashServer {
    private HashServer() {}

    public static void main(String[] arguments) throws Exception {
        RudpServer server = RudpServer.bind(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0])),
                RudpConfig.builder().keyFile(Path.of(arguments[1])).build());
        Thread.ofPlatform().daemon().start(() -> accept(server));
        System.out.println("port " + server.address().getPort());
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            if (line.equals("sockets")) {
                server.closeSocketsUnderneath();
                System.out.println("closed");
            }
        }
        System.exit(0);
    }

    private static void accept(RudpServer server) {
        try {
            while (true) {
                RudpConnection connection = server.accept();
                Thread.ofVirtual().start(() -> streams(connection));
            }
        } catch (IOException e) {
            // it is over
        }
    }

    private static void streams(RudpConnection connection) {
        try {
            while (true) {
                Stream stream = connection.acceptStream();
                Thread.ofVirtual().start(() -> answer(stream));
            }
        } catch (IOException e) {
            // the client has left
        }
    }

    private static void answer(Stream stream) {
        try (stream) {
            MessageDigest hash = MessageDigest.getInstance("SHA-256");
            byte[] block = new byte[64 * 1024];
            for (int n = stream.read(block, 0, block.length); n >= 0; n = stream.read(block, 0, block.length)) {
                hash.update(block, 0, n);
            }
            stream.output().write(hash.digest());
        } catch (Exception e) {
            // the client has left
        }
    }
}
