package dev.sluice.rudp;

import dev.sluice.stream.Stream;
import java.io.EOFException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/**
 * What a {@link Flood} costs the one connection of a server that carries what it can, in a virtual machine that does nothing else. Prints
 * {@code left 0.93} and behind it the seconds of each transfer.
 */
final class FloodCost {
    private static final int WARM_UP = 4;
    private static final int ROUNDS = 7;
    private static final int SIZE = 1536 << 20;

    private FloodCost() {}

    public static void main(String[] args) throws Exception {
        RudpConfig config = RudpConfig.builder().build();
        try (RudpServer server = RudpServer.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), config);
                RudpConnection client = RudpClient.connect(server.address(), config)) {
            byte[] first = Flood.firstPacket(server.key());
            Stream out = client.openStream();
            out.write(new byte[1], 0, 1);
            Stream in = server.accept().acceptStream();
            in.input().readNBytes(1);
            for (int i = 0; i < WARM_UP; i++) { // the compiler's, of both kinds
                seconds(out, in);
                flooded(server, first, out, in);
            }
            List<Double> quiet = new ArrayList<>();
            List<Double> flooded = new ArrayList<>();
            for (int i = 0; i < ROUNDS; i++) {
                quiet.add(seconds(out, in));
                flooded.add(flooded(server, first, out, in));
            }
            quiet.sort(null);
            flooded.sort(null);
            System.out.println(
                    "left " + quiet.get(ROUNDS / 2) / flooded.get(ROUNDS / 2) + " quiet " + quiet + " flooded " + flooded);
        }
        System.exit(0);
    }

    private static double flooded(RudpServer server, byte[] first, Stream out, Stream in) throws Exception {
        try (Flood flood = new Flood(server.address(), first)) {
            double seconds = seconds(out, in);
            if (flood.sent.get() < seconds * Flood.PER_SECOND / 2) {
                throw new IllegalStateException("a flood of " + flood.sent.get() + " in " + seconds + " s");
            }
            return seconds;
        }
    }

    private static double seconds(Stream out, Stream in) throws Exception {
        long start = System.nanoTime();
        FutureTask<Long> reader = new FutureTask<>(() -> {
            byte[] block = new byte[128 * 1024];
            long left = SIZE;
            while (left > 0) {
                int n = in.read(block, 0, (int) Math.min(left, block.length));
                if (n < 0) {
                    throw new EOFException(left + " bytes are missing");
                }
                left -= n;
            }
            return left;
        });
        Thread.ofVirtual().start(reader);
        byte[] block = new byte[128 * 1024];
        for (int sent = 0; sent < SIZE; sent += block.length) {
            out.write(block, 0, block.length);
        }
        reader.get(60, TimeUnit.SECONDS);
        return (System.nanoTime() - start) / 1e9;
    }
}
