package dev.sluice.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * The loads of the relay benchmark that iperf3 does not have, against an {@link EchoServer} behind the program that is measured.
 * Blocking sockets, one thread: what is measured is the program, not the load.
 */
final class StreamLoad {
    private static final int REQUEST = 64;

    private StreamLoad() {}

    /** 64-byte round trips on one connection for {@code seconds}: p50 and p99 in microseconds. */
    static double[] roundTrips(int port, double seconds) throws IOException {
        try (SocketChannel channel = connect(port)) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(REQUEST);
            long warm = System.nanoTime() + (long) (seconds * 0.2e9);
            while (System.nanoTime() < warm) {
                roundTrip(channel, buffer);
            }
            long[] took = new long[2_000_000];
            int n = 0;
            for (long end = System.nanoTime() + (long) (seconds * 1e9); System.nanoTime() < end && n < took.length; n++) {
                long start = System.nanoTime();
                roundTrip(channel, buffer);
                took[n] = System.nanoTime() - start;
            }
            Arrays.sort(took, 0, n);
            return new double[]{took[n / 2] / 1e3, took[(int) (n * 0.99)] / 1e3};
        }
    }

    /** Connections that are opened, used for one round trip, and closed in order, one after the other: how many a second. */
    static double connections(int port, double seconds) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(REQUEST);
        long start = System.nanoTime();
        long end = start + (long) (seconds * 1e9);
        int n = 0;
        while (System.nanoTime() < end) {
            SocketChannel channel = connect(port);
            roundTrip(channel, buffer);
            channel.setOption(StandardSocketOptions.SO_LINGER, 0); // no TIME_WAIT: the ports of this machine would run out
            channel.close();
            n++;
        }
        return n / ((System.nanoTime() - start) / 1e9);
    }

    /** Sends {@code mib} MiB, gets them back, and compares by SHA-256; the FIN must travel through and come back. */
    static void verify(int port, int mib) throws IOException, InterruptedException {
        MessageDigest sent = sha256();
        MessageDigest got = sha256();
        try (SocketChannel channel = connect(port)) {
            Thread writer = Thread.ofPlatform().start(() -> send(channel, mib, sent));
            ByteBuffer in = ByteBuffer.allocateDirect(1 << 20);
            long total = 0;
            for (int n = channel.read(in.clear()); n >= 0; n = channel.read(in.clear())) {
                got.update(in.flip());
                total += n;
            }
            writer.join();
            if (total != (long) mib << 20 || !MessageDigest.isEqual(sent.digest(), got.digest())) {
                throw new IOException("bytes differ: " + total + " came back of " + ((long) mib << 20));
            }
        }
    }

    /** Tries until a round trip works: the moment a program that is starting carries its first byte. */
    static void awaitFirstByte(int port) throws IOException, InterruptedException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(REQUEST);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (true) {
            try (SocketChannel channel = connect(port)) {
                roundTrip(channel, buffer);
                return;
            } catch (IOException e) {
                if (System.nanoTime() > end) {
                    throw e;
                }
                TimeUnit.MILLISECONDS.sleep(2);
            }
        }
    }

    /** Opens {@code count} connections, each used once, and keeps them while {@code body} runs. */
    static <T> T holding(int port, int count, java.util.concurrent.Callable<T> body) throws Exception {
        List<SocketChannel> held = new ArrayList<>(count);
        try {
            ByteBuffer buffer = ByteBuffer.allocateDirect(REQUEST);
            for (int i = 0; i < count; i++) {
                SocketChannel channel = connect(port);
                held.add(channel);
                try {
                    roundTrip(channel, buffer);
                } catch (IOException e) {
                    throw new IOException("connection " + i + " of " + count + ": " + e.getMessage(), e);
                }
            }
            TimeUnit.SECONDS.sleep(3);
            return body.call();
        } finally {
            for (SocketChannel channel : held) {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
                channel.close();
            }
        }
    }

    private static void send(SocketChannel channel, int mib, MessageDigest sent) {
        try {
            byte[] block = new byte[1 << 20];
            SplittableRandom random = new SplittableRandom(42);
            for (int i = 0; i < mib; i++) {
                random.nextBytes(block);
                sent.update(block);
                for (ByteBuffer out = ByteBuffer.wrap(block); out.hasRemaining();) {
                    channel.write(out);
                }
            }
            channel.shutdownOutput();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static SocketChannel connect(int port) throws IOException {
        SocketChannel channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        return channel;
    }

    private static void roundTrip(SocketChannel channel, ByteBuffer buffer) throws IOException {
        buffer.clear();
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
        buffer.clear();
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new IOException("the connection ended in the middle of a round trip");
            }
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
