package dev.sluice.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * The receiving end of downloads over TCP, told by lines on standard input: {@code NAME HOST PORT SECONDS} downloads for so long, from the
 * first byte on, and answers with the name and {@link Download#line} or {@code failed REASON}. Downloads run beside each other, one thread each.
 */
final class LinkSink {
    private static final int FIRST_BYTE_MILLIS = 15_000;

    private LinkSink() {}

    /** Reads commands until standard input ends. */
    public static void main(String[] args) throws IOException {
        Content content = new Content();
        System.out.println("ready");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ", -1);
            Thread.ofPlatform().start(() -> {
                String answer;
                try {
                    answer = download(words[1], Integer.parseInt(words[2]), Double.parseDouble(words[3]), content).line();
                } catch (IOException e) {
                    answer = "failed " + e.getMessage();
                }
                System.out.println(words[0] + " " + answer);
            });
        }
    }

    /** Downloads for {@code seconds}, compares, and says how it went; a connection that dies is a silence until the end. */
    static Download download(String host, int port, double seconds, Content content) throws IOException {
        Download.Watch watch = new Download.Watch();
        byte[] block = new byte[1 << 18];
        long total = 0;
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), FIRST_BYTE_MILLIS);
            InputStream in = socket.getInputStream();
            socket.setSoTimeout(FIRST_BYTE_MILLIS);
            while (!watch.began() || System.nanoTime() - watch.first() < seconds * 1e9) {
                int n = in.read(block);
                if (n < 0) {
                    throw new IOException("the download ended after " + total + " bytes");
                }
                if (!content.matches(block, n, total)) {
                    throw new IOException("the bytes at " + total + " are not those that were sent");
                }
                total += n;
                long now = System.nanoTime();
                watch.at(now, total);
                long left = (long) (seconds * 1e9) - (now - watch.first());
                socket.setSoTimeout((int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(left)));
            }
        } catch (SocketTimeoutException e) {
            if (!watch.began()) {
                throw new IOException("no byte within " + FIRST_BYTE_MILLIS + " ms", e);
            }
        }
        return watch.end(Math.max(watch.last(), watch.first() + (long) (seconds * 1e9)));
    }
}
