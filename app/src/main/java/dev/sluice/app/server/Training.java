package dev.sluice.app.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * A short life of the program: it has started as it always does, carries a few requests of each kind to an origin in the same process,
 * and ends. The JVM notes which classes that took, for the AOT cache (JEP 514).
 */
public final class Training {
    private static final int ROUNDS = 3;
    private static final int PATIENCE_MILLIS = 3000;
    /** Longer than one read, so that the program also does what it does with bodies. */
    private static final byte[] BODY = new byte[256 * 1024];
    private static final String HEAD = "HTTP/1.1 200 OK\r\nContent-Length: " + BODY.length + "\r\nConnection: close\r\n\r\n";

    private Training() {}

    /** Uses what has just started for a moment, and then ends it. What fails is passed over: then the cache holds less. */
    public static void begin(Runner runner) {
        try (ServerSocket origin = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofPlatform().daemon().start(() -> serve(origin));
            InetSocketAddress proxy = Objects.requireNonNull(runner.server()).listening().values().iterator().next().getFirst();
            for (int i = 0; i < ROUNDS; i++) {
                plain(proxy, origin.getLocalPort());
                connect(proxy, origin.getLocalPort());
                socks(proxy, origin.getLocalPort());
            }
        } catch (IOException e) {
            return;
        } finally {
            runner.stop("trained", false);
        }
    }

    private static void serve(ServerSocket origin) {
        try {
            while (true) {
                Socket client = origin.accept();
                Thread.ofPlatform().daemon().start(() -> answer(client));
            }
        } catch (IOException e) { // closed: the training is over
            return;
        }
    }

    private static void answer(Socket client) {
        try (client) {
            client.setSoTimeout(PATIENCE_MILLIS);
            if (client.getInputStream().read(new byte[4096]) > 0) {
                client.getOutputStream().write(HEAD.getBytes(StandardCharsets.US_ASCII));
                client.getOutputStream().write(BODY);
            }
        } catch (IOException e) { // the training goes on with the next request
            return;
        }
    }

    private static void plain(InetSocketAddress proxy, int port) {
        exchange(proxy,
                "GET http://127.0.0.1:" + port + "/ HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nConnection: close\r\n\r\n");
    }

    private static void connect(InetSocketAddress proxy, int port) {
        exchange(proxy, "CONNECT localhost:" + port + " HTTP/1.1\r\nHost: localhost:" + port + "\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    }

    private static void socks(InetSocketAddress proxy, int port) {
        String request = "\5\1\0\1\177\0\0\1" + (char) (port >> 8) + (char) (port & 0xff);
        exchange(proxy, "\5\1\0", request, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    }

    /** Sends the first text, and each further one when something has come back. */
    private static void exchange(InetSocketAddress proxy, String... texts) {
        try (Socket socket = new Socket(proxy.getAddress(), proxy.getPort())) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            OutputStream out = socket.getOutputStream();
            InputStream in = socket.getInputStream();
            byte[] buffer = new byte[16 * 1024];
            for (String text : texts) {
                out.write(text.getBytes(StandardCharsets.ISO_8859_1));
                if (in.read(buffer) < 0) {
                    return;
                }
            }
            in.skipNBytes(BODY.length - buffer.length);
        } catch (IOException e) { // the training goes on with the next request
            return;
        }
    }
}
