package dev.sluice.bench;

import dev.sluice.core.Scope;
import dev.sluice.net.EventLoops;
import dev.sluice.net.Transport;
import dev.sluice.rudp.RudpClient;
import dev.sluice.rudp.RudpConfig;
import dev.sluice.rudp.RudpConnection;
import dev.sluice.stream.Stream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Downloads over reliable UDP, told by lines on standard input as {@link LinkSink} is: on all its connections at the same time, a new
 * stream on each. A virtual thread for each.
 */
final class RudpSink {
    private RudpSink() {}

    /** From port {@code args[0]} of loopback, over {@code args[1]} connections, with packets of {@code args[2]} bytes. */
    public static void main(String[] args) throws IOException, InterruptedException, ExecutionException {
        Content content = new Content();
        RudpConfig config = RudpConfig.builder().secret("bench").maxPacket(Integer.parseInt(args[2])).build();
        InetSocketAddress server = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]));
        Transport transport = EventLoops.unavailable(Transport.EPOLL) == null ? Transport.EPOLL : Transport.NIO;
        EventLoops loops = EventLoops.create(transport, Runtime.getRuntime().availableProcessors());
        List<RudpConnection> connections = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(args[1]); i++) {
            connections.add(RudpClient.connect(loops, Scope.root("bench", loops.next()), server, config).get());
        }
        System.out.println("ready");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ", -1);
            double seconds = Double.parseDouble(words[1]);
            List<FutureTask<Download>> downloads = new ArrayList<>();
            for (RudpConnection connection : connections) {
                FutureTask<Download> download = new FutureTask<>(() -> download(connection, seconds, content));
                downloads.add(download);
                Thread.ofVirtual().start(download);
            }
            System.out.println(words[0] + " " + sum(downloads));
        }
        System.exit(0);
    }

    private static String sum(List<FutureTask<Download>> downloads) throws InterruptedException {
        long bytes = 0;
        double seconds = 0;
        double silence = 0;
        try {
            for (FutureTask<Download> each : downloads) {
                Download download = each.get();
                bytes += download.bytes();
                seconds = Math.max(seconds, download.seconds());
                silence = Math.max(silence, download.silenceMillis());
            }
        } catch (ExecutionException e) {
            return "failed " + e.getCause();
        }
        return new Download(bytes, seconds, silence).line();
    }

    private static Download download(RudpConnection connection, double seconds, Content content) throws IOException {
        Download.Watch watch = new Download.Watch();
        byte[] block = new byte[1 << 17];
        long total = 0;
        try (Stream stream = connection.openStream()) {
            stream.write(new byte[1], 0, 1);
            while (!watch.began() || System.nanoTime() - watch.first() < seconds * 1e9) {
                int n = stream.read(block, 0, block.length);
                if (n < 0 || !content.matches(block, n, total)) {
                    throw new IOException("the bytes at " + total + " are not those that were sent");
                }
                total += n;
                watch.at(System.nanoTime(), total);
            }
            stream.reset();
        }
        return watch.end(watch.last());
    }
}
