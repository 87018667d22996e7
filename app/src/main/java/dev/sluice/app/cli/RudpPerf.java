package dev.sluice.app.cli;

import dev.sluice.rudp.RudpConnection;
import dev.sluice.rudp.protocol.ConnectionStats;
import dev.sluice.stream.Stream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the two ends of a speed test say to each other. A stream of a test begins with 20 bytes: a mark of 15 that no text begins with,
 * what is wanted, and 4 bytes of milliseconds. {@code U}: the client sends, and gets the number of bytes that came, 8 bytes. {@code D}:
 * the server sends for that long. {@code S}: the server tells how many bytes it had to send again, and the round trip in nanoseconds,
 * 8 bytes each. A stream that begins otherwise is sent back to where it came from.
 */
final class RudpPerf {
    private static final byte[] MARK = "\0sluice-perf/1\n".getBytes(StandardCharsets.US_ASCII);
    private static final int HEADER = MARK.length + 1 + Integer.BYTES;
    private static final int CHUNK = 128 * 1024;

    private RudpPerf() {}

    /** What one end has seen of a connection. */
    record Figures(long retransmittedBytes, long rttNanos) {}

    /** What the connection itself knows. */
    static Figures figures(RudpConnection connection) {
        ConnectionStats stats = connection.statistics();
        return stats == null ? new Figures(0, 0) : new Figures(stats.streamBytesRetransmitted(), stats.smoothedRtt());
    }

    // The server.

    /** Serves one stream to its end. Never throws: a client that leaves is nobody's fault. */
    static void answer(RudpConnection connection, Stream stream) {
        try (stream) {
            byte[] first = new byte[HEADER];
            int n = 0;
            while (n < HEADER && begins(first, n)) {
                int more = stream.input().read(first, n, HEADER - n);
                if (more < 0) {
                    break;
                }
                n += more;
            }
            if (n == HEADER && begins(first, n)) {
                serve(connection, stream, first[MARK.length], ByteBuffer.wrap(first).getInt(MARK.length + 1));
            } else {
                stream.output().write(first, 0, n);
                stream.input().transferTo(stream.output());
                stream.shutdownOutput();
            }
        } catch (IOException e) {
            // the client has left
        }
    }

    private static boolean begins(byte[] first, int n) {
        int length = Math.min(n, MARK.length);
        return Arrays.equals(first, 0, length, MARK, 0, length);
    }

    private static void serve(RudpConnection connection, Stream stream, byte wanted, int millis) throws IOException {
        OutputStream out = stream.output();
        switch (wanted) {
            case 'U' -> out.write(longs(drain(stream.input(), new AtomicLong())));
            case 'D' -> fill(out, System.nanoTime() + millis * 1_000_000L, new AtomicLong());
            default -> {
                Figures figures = figures(connection);
                out.write(longs(figures.retransmittedBytes, figures.rttNanos));
            }
        }
        stream.shutdownOutput();
    }

    private static byte[] longs(long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES);
        for (long value : values) {
            bytes.putLong(value);
        }
        return bytes.array();
    }

    // The client.

    /** Sends until {@code untilNanos} and gives what the server got; counts into {@code progress} what was taken. */
    static long up(RudpConnection connection, long untilNanos, AtomicLong progress) throws IOException {
        try (Stream stream = connection.openStream()) {
            stream.output().write(header('U', 0));
            fill(stream.output(), untilNanos, progress);
            stream.shutdownOutput();
            return new DataInputStream(stream.input()).readLong();
        } catch (EOFException e) {
            throw new IOException("the server does not answer speed tests: is it 'sluice rudp server'?", e);
        }
    }

    /** Reads what the server sends for {@code millis}, and gives how much; counts into {@code progress}. */
    static long down(RudpConnection connection, int millis, AtomicLong progress) throws IOException {
        try (Stream stream = connection.openStream()) {
            stream.output().write(header('D', millis));
            stream.shutdownOutput();
            return drain(stream.input(), progress);
        }
    }

    /** What the server has seen of the connection. */
    static Figures far(RudpConnection connection) throws IOException {
        try (Stream stream = connection.openStream()) {
            stream.output().write(header('S', 0));
            stream.shutdownOutput();
            DataInputStream in = new DataInputStream(stream.input());
            return new Figures(in.readLong(), in.readLong());
        }
    }

    private static byte[] header(char wanted, int millis) {
        return ByteBuffer.allocate(HEADER).put(MARK).put((byte) wanted).putInt(millis).array();
    }

    private static void fill(OutputStream out, long untilNanos, AtomicLong progress) throws IOException {
        byte[] chunk = new byte[CHUNK];
        while (System.nanoTime() - untilNanos < 0) {
            out.write(chunk);
            progress.addAndGet(chunk.length);
        }
    }

    private static long drain(InputStream in, AtomicLong progress) throws IOException {
        byte[] chunk = new byte[CHUNK];
        long total = 0;
        for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
            total += n;
            progress.addAndGet(n);
        }
        return total;
    }
}
