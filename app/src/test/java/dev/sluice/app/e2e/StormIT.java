package dev.sluice.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.LeakWatch;
import dev.sluice.testkit.LogWatch;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Thousands of short connections, opened, half-closed, reset and abandoned at random, for 30 seconds with -Pfull. What must hold then: the
 * connection table is empty, every buffer is released, no ERROR was logged, and every byte that arrived was sent.
 */
@ExtendWith({LeakWatch.class, LogWatch.class})
class StormIT {
    private static final Duration LENGTH = Duration.ofSeconds(Integer.getInteger("sluice.storm.seconds", 6));
    private static final int CLIENTS = 48;
    private static final long SEED = Long.getLong("sluice.storm.seed", System.nanoTime());

    @TempDir
    private Path directory = Path.of("");
    private final LongAdder complete = new LongAdder();
    private final LongAdder cut = new LongAdder();
    private final AtomicReference<@Nullable Throwable> wrong = new AtomicReference<>();

    @Test
    @Timeout(value = 120, unit = TimeUnit.SECONDS)
    void nothingIsLeftAndEveryByteThatArrivedWasSent() throws Exception {
        try (ScriptedServer echo = ScriptedServer.echo(); RunningProxy proxy = RunningProxy.mixed(directory)) {
            long end = System.nanoTime() + LENGTH.toNanos();
            List<Thread> clients = new ArrayList<>();
            SplittableRandom seeds = new SplittableRandom(SEED);
            for (int i = 0; i < CLIENTS; i++) {
                SplittableRandom random = seeds.split();
                clients.add(Thread.ofVirtual().start(() -> {
                    while (System.nanoTime() < end && wrong.get() == null) {
                        once(random, proxy.port("in"), echo.port());
                    }
                }));
            }
            for (Thread client : clients) {
                client.join();
            }
            assertThat(wrong.get()).as("seed %d", SEED).isNull();
            assertThat(complete.sum()).as("connections that ended in order, seed %d", SEED).isGreaterThan(100);
            assertThat(cut.sum()).as("connections that were cut, seed %d", SEED).isGreaterThan(100);
            proxy.awaitQuiet();
        }
    }

    private void once(SplittableRandom random, int port, int target) {
        int how = random.nextInt(8);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(20_000);
            if (how == 0) { // leaves in the handshake
                socket.getOutputStream()
                        .write(random.nextBoolean() ? new byte[]{5, 1} : "CONN".getBytes(StandardCharsets.US_ASCII));
                reset(socket, random);
                return;
            }
            open(socket, random.nextBoolean(), target, how == 1);
            int size = random.nextInt(4) == 0 ? random.nextInt(2_000_000) : random.nextInt(20_000);
            int salt = random.nextInt();
            if (how == 1) { // wanted nothing after all: left while the target was dialled
                reset(socket, random);
            } else if (how == 2) { // sends and abandons
                socket.getOutputStream().write(pattern(salt, 0, Math.min(size, 50_000)));
                reset(socket, random);
                cut.increment();
            } else if (how == 3) { // reads a part, then leaves
                Thread.ofVirtual().start(() -> send(socket, salt, size, false));
                verify(socket.getInputStream(), salt, size / 2);
                reset(socket, random);
                cut.increment();
            } else {
                Thread.ofVirtual().start(() -> send(socket, salt, size, true));
                int got = verify(socket.getInputStream(), salt, Integer.MAX_VALUE);
                if (got != size) {
                    wrong.compareAndSet(null, new AssertionError("an orderly end after " + got + " of " + size + " bytes"));
                }
                complete.increment();
            }
        } catch (IOException e) {
            if (how > 3) {
                wrong.compareAndSet(null, new AssertionError("a connection that did nothing wrong was lost", e));
            }
        } catch (AssertionError e) {
            wrong.compareAndSet(null, e);
        }
    }

    private static void open(Socket socket, boolean socks, int target, boolean leave) throws IOException {
        OutputStream out = socket.getOutputStream();
        DataInputStream in = new DataInputStream(socket.getInputStream());
        if (socks) {
            out.write(new byte[]{5, 1, 0});
            in.readFully(new byte[2]);
            out.write(new byte[]{5, 1, 0, 1, 127, 0, 0, 1, (byte) (target >> 8), (byte) target});
            if (!leave) {
                byte[] reply = in.readNBytes(10);
                assertThat(reply[1]).isZero();
            }
        } else {
            out.write(("CONNECT 127.0.0.1:" + target + " HTTP/1.1\r\nHost: x\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            if (!leave) {
                assertThat(ScriptedServer.head(in)).startsWith("HTTP/1.1 200");
            }
        }
    }

    private static void reset(Socket socket, SplittableRandom random) throws IOException {
        if (random.nextBoolean()) {
            socket.setSoLinger(true, 0);
        }
    }

    private static void send(Socket socket, int salt, int size, boolean finish) {
        try {
            for (int at = 0; at < size; at += 65_536) {
                socket.getOutputStream().write(pattern(salt, at, Math.min(65_536, size - at)));
            }
            if (finish) {
                socket.shutdownOutput();
            }
        } catch (IOException e) {
            // the other half says what is wrong
        }
    }

    /** Reads up to {@code limit} bytes, or to the end; each must be the one that was sent there. */
    private static int verify(InputStream in, int salt, int limit) throws IOException {
        byte[] buffer = new byte[65_536];
        int at = 0;
        while (at < limit) {
            int n = in.read(buffer);
            if (n < 0) {
                break;
            }
            for (int i = 0; i < n; i++, at++) {
                if (buffer[i] != octet(salt, at)) {
                    throw new AssertionError("byte " + at + " is not the one that was sent");
                }
            }
        }
        return at;
    }

    private static byte[] pattern(int salt, int from, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = octet(salt, from + i);
        }
        return bytes;
    }

    private static byte octet(int salt, int at) {
        return (byte) (((salt + at) * 0x9E3779B1) >>> 24);
    }
}
