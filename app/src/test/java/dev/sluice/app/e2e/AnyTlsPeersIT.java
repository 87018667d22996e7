package dev.sluice.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.Peer;
import java.io.DataInputStream;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
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
class AnyTlsPeersIT {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    /** Who is the client, and who the server. */
    enum Pair {
        SLUICE_SLUICE("sluice", "sluice"), //
        SLUICE_SING_BOX("sluice", "sing-box"), //
        SING_BOX_SLUICE("sing-box", "sluice"), //
        SLUICE_ANYTLS_RS("sluice", "anytls-rs"), //
        ANYTLS_RS_SLUICE("anytls-rs", "sluice");

        private final String client;
        private final String server;

        Pair(String client, String server) {
            this.client = client;
            this.server = server;
        }
    }

    @TempDir
    private Path directory = Path.of("");
    private final List<AutoCloseable> open = new ArrayList<>();
    private ServerSocket target = newTarget();
    private int serverPort;
    private int clientPort;
    private String udp = "packet";

    private static ServerSocket newTarget() {
        try {
            return new ServerSocket(0, 1000, LOOPBACK);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
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
        serverPort = Peer.freePort();
        clientPort = Peer.freePort();
        open.add(server(pair.server));
        open.add(client(pair.client));
    }

    private AutoCloseable server(String who) throws Exception {
        return switch (who) {
            case "sluice" -> {
                Path own = Files.createDirectories(directory.resolve("server"));
                yield RunningProxy.start(own, """
                        inbounds:
                          - {type: anytls, name: in, listen: '127.0.0.1:%d', users: [{name: u, password: secret}]}
                        admin: off
                        """.formatted(serverPort));
            }
            case "sing-box" -> {
                certificate();
                Path file = Files.writeString(directory.resolve("server.json"),
                        """
                                {"log":{"level":"warn"},
                                 "inbounds":[{"type":"anytls","listen":"127.0.0.1","listen_port":%d,"users":[{"name":"u","password":"secret"}],
                                   "tls":{"enabled":true,"certificate_path":"cert.pem","key_path":"key.pem"}}],
                                 "outbounds":[{"type":"direct"}]}
                                """
                                .formatted(serverPort));
                yield Peer.start(directory, serverPort, Peer.program("sing-box").toString(), "run", "-c", file.toString());
            }
            default ->
                Peer.start(directory, serverPort, Peer.program("anytls-server").toString(), "-l", "127.0.0.1:" + serverPort, "-p",
                        "secret");
        };
    }

    private AutoCloseable client(String who) throws Exception {
        return switch (who) {
            case "sluice" -> {
                Path own = Files.createDirectories(directory.resolve("client"));
                yield RunningProxy.start(own, """
                        inbounds: [{type: mixed, name: in, listen: '127.0.0.1:%d'}]
                        outbounds: [{type: anytls, name: far, server: '127.0.0.1:%d', password: secret, udp: %s,
                                     tls: {insecure: true}}]
                        admin: off
                        """.formatted(clientPort, serverPort, udp));
            }
            case "sing-box" -> {
                Path file = Files.writeString(directory.resolve("client.json"), """
                        {"log":{"level":"warn"},"inbounds":[{"type":"mixed","listen":"127.0.0.1","listen_port":%d}],
                         "outbounds":[{"type":"anytls","server":"127.0.0.1","server_port":%d,"password":"secret",
                           "tls":{"enabled":true,"insecure":true,"server_name":"x"}}]}
                        """.formatted(clientPort, serverPort));
                yield Peer.start(directory, clientPort, Peer.program("sing-box").toString(), "run", "-c", file.toString());
            }
            default ->
                Peer.start(directory, clientPort, Peer.program("anytls-client").toString(), "-l", "127.0.0.1:" + clientPort, "-s",
                        "127.0.0.1:" + serverPort, "-p", "secret");
        };
    }

    private void certificate() throws Exception {
        Programs.Result made = Programs.run(List.of("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=x", "-keyout",
                directory.resolve("key.pem").toString(), "-out", directory.resolve("cert.pem").toString()));
        assertThat(made.exit()).as(made.output()).isZero();
    }

    /** A stream to the target through the client's SOCKS5 port. */
    private Socket connect(long length) throws IOException {
        Socket socket = new Socket(new Proxy(Proxy.Type.SOCKS, new InetSocketAddress(LOOPBACK, clientPort)));
        try {
            socket.setSoTimeout(20_000);
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
                assertThat(n).as("%d bytes are missing", left).isPositive();
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
            assertThat(socket.getInputStream().readNBytes(text.length)).isEqualTo(text);
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
        for (int i = 0; i < 10_000; i++) {
            request(i);
        }
    }

    /** anytls-rs has no UDP in its SOCKS port, and its server knows the other mode only. */
    @ParameterizedTest
    @EnumSource(names = {"SLUICE_SLUICE", "SLUICE_SING_BOX", "SING_BOX_SLUICE"})
    void datagrams(Pair pair) throws Exception {
        start(pair);
        exchangeDatagrams();
    }

    @ParameterizedTest
    @EnumSource(names = {"SLUICE_SLUICE", "SLUICE_SING_BOX", "SLUICE_ANYTLS_RS"})
    void datagramsByAStreamForEachTarget(Pair pair) throws Exception {
        udp = "connect";
        start(pair);
        exchangeDatagrams();
    }

    private void exchangeDatagrams() throws Exception {
        try (DatagramSocket echo = new DatagramSocket(0, LOOPBACK);
                Socket control = new Socket(LOOPBACK, clientPort);
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

    /** Either end goes away under load and comes back: what comes later works. */
    @ParameterizedTest
    @EnumSource(names = {"SLUICE_SLUICE", "SLUICE_SING_BOX", "SING_BOX_SLUICE"})
    void bothEndsAreRestartedUnderLoad(Pair pair) throws Exception {
        start(pair);
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger served = new AtomicInteger();
        List<Thread> load = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            load.add(Thread.ofVirtual().start(() -> {
                while (!stop.get()) {
                    try {
                        request(served.get());
                        served.incrementAndGet();
                    } catch (IOException | AssertionError e) {
                        Thread.onSpinWait(); // it is down
                    }
                }
            }));
        }
        try {
            progress(served);
            open.removeFirst().close();
            open.addFirst(server(pair.server));
            progress(served);
            open.removeLast().close();
            open.addLast(client(pair.client));
            progress(served);
        } finally {
            stop.set(true);
            for (Thread each : load) {
                each.join(Duration.ofSeconds(30));
            }
        }
    }

    private static void progress(AtomicInteger served) {
        int before = served.get();
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(served.get()).isGreaterThan(before + 20));
    }
}
