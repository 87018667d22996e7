package dev.sluice.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * AnyTLS with the programs that people run, on either side, and with ourselves on both. A program that is missing is a skip that says
 * its name.
 */
@SuppressWarnings("NullAway.Init")
class AnyTlsPeersIT {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    /** Who is the client, and who the server. */
    enum Pair {
        SLUICE_SLUICE("sluice", "sluice"), //
        SLUICE_SING_BOX("sluice", "sing-box"), //
        SING_BOX_SLUICE("sing-box", "sluice"), //
        SLUICE_ANYTLS_RS("sluice", "anytls-rs"), //
        ANYTLS_RS_SLUICE("anytls-rs", "sluice"), //
        SLUICE_SHOES("sluice", "shoes"), //
        SHOES_SLUICE("shoes", "sluice");

        private final String client;
        private final String server;

        Pair(String client, String server) {
            this.client = client;
            this.server = server;
        }

        /** The client of anytls-rs ends no stream and no session: all of them stay open, and each makes it slower. */
        private int manyRequests() {
            return client.equals("anytls-rs") ? 1000 : 10_000;
        }
    }

    @TempDir
    private Path directory = Path.of("");
    private final List<AutoCloseable> open = new ArrayList<>();
    private ServerSocket target = newTarget();
    private AnyTlsEnds ends;
    private String udp = "packet";
    private int patienceMillis = 20_000;

    private static ServerSocket newTarget() {
        try {
            return new ServerSocket(0, 1000, LOOPBACK);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @BeforeEach
    void choosePorts() throws IOException {
        ends = new AnyTlsEnds(directory);
    }

    /** Sends as many bytes as the first eight say, or echoes where they say 0. */
    @BeforeEach
    void startTarget() {
        Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    Socket socket = target.accept();
                    Thread.ofVirtual().start(() -> serve(socket));
                }
            } catch (IOException e) {
                // closed
            }
        });
    }

    private static void serve(Socket socket) {
        try (socket) {
            long length = new DataInputStream(socket.getInputStream()).readLong();
            OutputStream out = socket.getOutputStream();
            if (length == 0) {
                socket.getInputStream().transferTo(out);
                return;
            }
            Random random = new Random(length);
            byte[] block = new byte[1 << 16];
            for (long left = length; left > 0; left -= block.length) {
                random.nextBytes(block);
                out.write(block, 0, (int) Math.min(block.length, left));
            }
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        } catch (IOException e) {
            // The client is gone.
        }
    }

    @AfterEach
    void stop() throws Exception {
        target.close();
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
    }

    private void start(Pair pair) throws Exception {
        open.add(ends.server(pair.server));
        open.add(ends.client(pair.client, udp));
    }

    /** A stream to the target through the client's SOCKS5 port. */
    private Socket connect(long length) throws IOException {
        Socket socket = new Socket(new Proxy(Proxy.Type.SOCKS, new InetSocketAddress(LOOPBACK, ends.clientPort())));
        try {
            socket.setSoTimeout(patienceMillis);
            socket.setTcpNoDelay(true); // it writes twice before it reads
            socket.connect(new InetSocketAddress(LOOPBACK, target.getLocalPort()), 10_000);
            socket.getOutputStream().write(ByteBuffer.allocate(8).putLong(length).array());
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private void download(long length) throws Exception {
        MessageDigest expected = MessageDigest.getInstance("SHA-256");
        Random random = new Random(length);
        byte[] block = new byte[1 << 16];
        MessageDigest got = MessageDigest.getInstance("SHA-256");
        byte[] buffer = new byte[1 << 16];
        try (Socket socket = connect(length)) {
            InputStream in = socket.getInputStream();
            for (long left = length; left > 0;) {
                int n = in.read(buffer, 0, (int) Math.min(left, buffer.length));
                if (n < 0) {
                    throw new EOFException(left + " bytes are missing");
                }
                got.update(buffer, 0, n);
                left -= n;
            }
        }
        for (long left = length; left > 0; left -= block.length) {
            random.nextBytes(block);
            expected.update(block, 0, (int) Math.min(block.length, left));
        }
        assertThat(got.digest()).isEqualTo(expected.digest());
    }

    private void request(int number) throws IOException {
        try (Socket socket = connect(0)) {
            byte[] text = ("request " + number).getBytes(StandardCharsets.US_ASCII);
            socket.getOutputStream().write(text);
            byte[] answer = new byte[text.length];
            new DataInputStream(socket.getInputStream()).readFully(answer);
            assertThat(answer).isEqualTo(text);
        }
    }

    @ParameterizedTest
    @EnumSource
    void bytesAndShortRequests(Pair pair) throws Exception {
        start(pair);
        download(16 << 20);
        for (int i = 0; i < 100; i++) {
            request(i);
        }
    }

    @Tag("full")
    @ParameterizedTest
    @EnumSource
    void oneGigabyteAndTenThousandRequests(Pair pair) throws Exception {
        start(pair);
        download(1L << 30);
        for (int i = 0; i < pair.manyRequests(); i++) {
            request(i);
        }
    }

    /** anytls-rs has no UDP in its SOCKS port, and its server knows the other mode only. */
    @ParameterizedTest
    @EnumSource(names = {"SLUICE_ANYTLS_RS", "ANYTLS_RS_SLUICE"}, mode = EnumSource.Mode.EXCLUDE)
    void datagrams(Pair pair) throws Exception {
        start(pair);
        exchangeDatagrams();
    }

    @ParameterizedTest
    @EnumSource(names = {"SLUICE_SLUICE", "SLUICE_SING_BOX", "SLUICE_ANYTLS_RS", "SLUICE_SHOES"})
    void datagramsByAStreamForEachTarget(Pair pair) throws Exception {
        udp = "connect";
        start(pair);
        exchangeDatagrams();
    }

    private void exchangeDatagrams() throws Exception {
        try (DatagramSocket echo = new DatagramSocket(0, LOOPBACK);
                Socket control = new Socket(LOOPBACK, ends.clientPort());
                DatagramSocket socket = new DatagramSocket(0, LOOPBACK)) {
            Thread.ofVirtual().start(() -> echo(echo));
            DataInputStream in = new DataInputStream(control.getInputStream());
            control.getOutputStream().write(new byte[]{5, 1, 0});
            assertThat(in.readNBytes(2)).containsExactly(5, 0);
            control.getOutputStream().write(new byte[]{5, 3, 0, 1, 0, 0, 0, 0, 0, 0});
            byte[] reply = in.readNBytes(10);
            assertThat(reply[1]).isZero();
            int relay = (reply[8] & 0xff) << 8 | (reply[9] & 0xff);
            socket.setSoTimeout(10_000);
            for (int size : new int[]{1, 100, 1200, 9000}) {
                byte[] payload = new byte[size];
                new Random(size).nextBytes(payload);
                byte[] out = ByteBuffer.allocate(10 + size).put(new byte[]{0, 0, 0, 1, 127, 0, 0, 1})
                        .putShort((short) echo.getLocalPort()).put(payload).array();
                socket.send(new DatagramPacket(out, out.length, LOOPBACK, relay));
                DatagramPacket back = new DatagramPacket(new byte[70_000], 70_000);
                socket.receive(back);
                assertThat(Arrays.copyOfRange(back.getData(), 10, back.getLength())).isEqualTo(payload);
            }
        }
    }

    private static void echo(DatagramSocket socket) {
        DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
        while (!socket.isClosed()) {
            try {
                socket.receive(packet);
                socket.send(packet);
                packet.setLength(65_535);
            } catch (IOException e) {
                // closed
            }
        }
    }

    /** Either end goes away under load and comes back: what comes later works, and nothing arrives that was not sent. */
    @ParameterizedTest
    @EnumSource
    void bothEndsAreRestartedUnderLoad(Pair pair) throws Exception {
        patienceMillis = 2_000; // some clients take long to see that their server has gone
        start(pair);
        List<Load> loads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            loads.add(new Load(() -> request(1)));
        }
        loads.add(new Load(() -> download(4 << 20)));
        try {
            progress(loads);
            open.removeFirst().close();
            open.addFirst(ends.server(pair.server));
            progress(loads);
            open.removeLast().close();
            open.addLast(ends.client(pair.client, udp));
            progress(loads);
        } finally {
            for (Load each : loads) {
                each.stop();
            }
        }
    }

    private static void progress(List<Load> loads) {
        List<Integer> before = loads.stream().map(load -> load.served.get()).toList();
        await().atMost(Duration.ofSeconds(50)).untilAsserted(() -> {
            for (int i = 0; i < loads.size(); i++) {
                assertThat(loads.get(i).served.get()).isGreaterThan(before.get(i) + 2);
            }
        });
    }

    /** Does one thing again and again; while an end is down it fails, but never with wrong bytes. */
    private static final class Load {
        private final AtomicBoolean stop = new AtomicBoolean();
        private final AtomicInteger served = new AtomicInteger();
        private final CompletableFuture<Void> done = new CompletableFuture<>();

        private Load(Work work) {
            Thread.ofVirtual().start(() -> {
                try {
                    while (!stop.get()) {
                        step(work);
                    }
                    done.complete(null);
                } catch (Throwable e) {
                    done.completeExceptionally(e);
                }
            });
        }

        private void step(Work work) throws Exception {
            try {
                work.run();
                served.incrementAndGet();
            } catch (IOException e) {
                Thread.onSpinWait(); // it is down
            }
        }

        private void stop() throws Exception {
            stop.set(true);
            done.get(30, TimeUnit.SECONDS);
        }
    }

    private interface Work {
        void run() throws Exception;
    }
}
