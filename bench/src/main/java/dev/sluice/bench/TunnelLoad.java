package dev.sluice.bench;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.CRC32C;

/** The loads of the tunnel benchmark: through a SOCKS5 port to a {@link TunnelTarget}. Blocking; any thread. */
final class TunnelLoad {
    private static final int REQUEST = 64;
    private static final int PATIENCE_MILLIS = 60_000;

    private final int socks;
    private final int target;

    TunnelLoad(int socks, int target) {
        this.socks = socks;
        this.target = target;
    }

    /** A stream to the target that echoes, or sends {@code length} bytes. */
    private Socket open(long length) throws IOException {
        return open(length, new ArrayList<>(1));
    }

    /** The same; adds to {@code took} the nanoseconds from the SOCKS request to its answer. */
    private Socket open(long length, List<Long> took) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), socks);
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(PATIENCE_MILLIS);
            DataInputStream in = new DataInputStream(socket.getInputStream());
            socket.getOutputStream().write(new byte[]{5, 1, 0});
            expect(in, 2, "greeting");
            long began = System.nanoTime();
            socket.getOutputStream().write(ByteBuffer.allocate(10).put(new byte[]{5, 1, 0, 1, 127, 0, 0, 1})
                    .putShort((short) target).array());
            byte[] reply = in.readNBytes(4);
            if (reply.length < 4 || reply[1] != 0) {
                throw new IOException("SOCKS: refused " + Arrays.toString(reply));
            }
            expect(in, 2 + (reply[3] == 1 ? 4 : 16), "address");
            took.add(System.nanoTime() - began);
            socket.getOutputStream().write(ByteBuffer.allocate(8).putLong(length).array());
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private static void expect(DataInputStream in, int bytes, String what) throws IOException {
        if (in.readNBytes(bytes).length < bytes) {
            throw new IOException("SOCKS: no " + what);
        }
    }

    /** Gets {@code bytes} in all over {@code streams} at once, each checked by its CRC-32C; returns how long that took, seconds. */
    double bulk(int streams, long bytes) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            long began = System.nanoTime();
            List<Future<Long>> all = new ArrayList<>();
            for (int i = 0; i < streams; i++) {
                all.add(threads.submit(() -> download(bytes / streams, new AtomicBoolean())));
            }
            for (Future<Long> each : all) {
                each.get();
            }
            return (System.nanoTime() - began) / 1e9;
        }
    }

    private long download(long length, AtomicBoolean stop) throws IOException {
        try (Socket socket = open(length)) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            CRC32C crc = new CRC32C();
            byte[] buffer = new byte[1 << 16];
            long left = length;
            while (left > 0 && !stop.get()) {
                int n = in.read(buffer, 0, (int) Math.min(buffer.length, left));
                if (n < 0) {
                    throw new IOException("ended with " + left + " of " + length + " bytes missing");
                }
                crc.update(buffer, 0, n);
                left -= n;
            }
            if (left == 0 && in.readLong() != crc.getValue()) {
                throw new IOException("bytes differ");
            }
            return length - left;
        }
    }

    /** Streams that are opened, used for one round trip of 64 bytes and closed, one after the other: p50 and p99, microseconds. */
    double[] requests(double seconds) throws IOException {
        List<Long> took = new ArrayList<>();
        for (long end = System.nanoTime() + (long) (seconds * 1e9); System.nanoTime() < end;) {
            long began = System.nanoTime();
            try (Socket socket = open(0)) {
                roundTrip(socket);
                took.add(System.nanoTime() - began);
                socket.setSoLinger(true, 0); // no TIME_WAIT: the ports of this machine would run out
            }
        }
        return percentiles(took);
    }

    /** How long a stream takes to be opened on a session that is there: from the SOCKS request to its answer. */
    double[] openings(double seconds) throws IOException {
        List<Long> took = new ArrayList<>();
        for (long end = System.nanoTime() + (long) (seconds * 1e9); System.nanoTime() < end;) {
            try (Socket socket = open(0, took)) {
                roundTrip(socket);
                socket.setSoLinger(true, 0);
            }
        }
        return percentiles(took);
    }

    /** Round trips of 64 bytes on one stream that stays open. */
    double[] roundTrips(double seconds) throws IOException {
        List<Long> took = new ArrayList<>();
        try (Socket socket = open(0)) {
            for (long end = System.nanoTime() + (long) (seconds * 1e9); System.nanoTime() < end;) {
                long began = System.nanoTime();
                roundTrip(socket);
                took.add(System.nanoTime() - began);
            }
        }
        return percentiles(took);
    }

    private static double[] percentiles(List<Long> took) {
        long[] sorted = took.stream().mapToLong(Long::longValue).sorted().toArray();
        return sorted.length == 0
                ? new double[]{Double.NaN, Double.NaN}
                : new double[]{sorted[sorted.length / 2] / 1e3, sorted[(int) (sorted.length * 0.99)] / 1e3};
    }

    private static void roundTrip(Socket socket) throws IOException {
        socket.getOutputStream().write(new byte[REQUEST]);
        if (socket.getInputStream().readNBytes(REQUEST).length < REQUEST) {
            throw new IOException("the stream ended in the middle of a round trip");
        }
    }

    /** Does {@code body} while one stream downloads without end. */
    <T> T besideBulk(Callable<T> body) throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Long> bulk = threads.submit(() -> download(1L << 50, stop));
            try {
                TimeUnit.MILLISECONDS.sleep(300);
                return body.call();
            } finally {
                stop.set(true);
                bulk.get();
            }
        }
    }

    /** Opens streams, up to {@code count}, each used once, and keeps them; {@code body} gets how many it were. */
    <T> T holding(int count, Callable<T> body, List<Integer> held) throws Exception {
        List<Socket> all = new ArrayList<>(count);
        try {
            while (all.size() < count) {
                Socket socket = open(0);
                all.add(socket);
                roundTrip(socket);
            }
        } catch (IOException e) {
            System.err.println("stopped at " + all.size() + " of " + count + " idle streams: " + e.getMessage());
        }
        try {
            held.add(all.size());
            TimeUnit.SECONDS.sleep(3);
            return body.call();
        } finally {
            for (Socket socket : all) {
                socket.setSoLinger(true, 0);
                socket.close();
            }
        }
    }

    /** Whether a stream can be had; for a start that takes a while. */
    void awaitFirst() throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (true) {
            try (Socket socket = open(0)) {
                roundTrip(socket);
                return;
            } catch (IOException e) {
                if (System.nanoTime() > end) {
                    throw e;
                }
                TimeUnit.MILLISECONDS.sleep(50);
            }
        }
    }

    /** Runs {@code bulk}, and says what failed in one line. */
    static String reason(Exception e) {
        Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
        return String.valueOf(cause.getMessage());
    }
}
