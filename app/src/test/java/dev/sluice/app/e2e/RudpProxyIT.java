package dev.sluice.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.sluice.rudp.RudpServer;
import dev.sluice.testkit.LogWatch;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.schema.JsonSchema;

/** A client of a proxy here, reliable UDP between, a proxy there and targets behind it. */
@Timeout(60)
class RudpProxyIT {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    @TempDir
    private Path dir = Path.of("");

    private final List<AutoCloseable> open = new ArrayList<>();
    @SuppressWarnings("NullAway.Init")
    private DatagramSocket echo;

    @BeforeEach
    void startTarget() throws IOException {
        echo = new DatagramSocket(new InetSocketAddress(LOOPBACK, 0));
        open.add(echo);
        DatagramSocket target = echo;
        Thread.ofVirtual().start(() -> echoPackets(target));
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
    }

    private static void echoPackets(DatagramSocket target) {
        byte[] bytes = new byte[65_536];
        try {
            while (true) {
                DatagramPacket packet = new DatagramPacket(bytes, bytes.length);
                target.receive(packet);
                target.send(packet);
            }
        } catch (IOException e) {
            // closed
        }
    }

    private RunningProxy start(String name, String yaml) throws Exception {
        RunningProxy started = RunningProxy.start(Files.createDirectories(dir.resolve(name)), yaml + "admin: off\n");
        open.add(started);
        return started;
    }

    private RunningProxy far(String options) throws Exception {
        return start("far", "inbounds: [{type: rudp, name: in, listen: '127.0.0.1:0', secret: hush%s}]\n".formatted(options));
    }

    private RunningProxy near(String inbound, RunningProxy far, String options) throws Exception {
        return start("near", """
                inbounds: [{%s, name: in, listen: '127.0.0.1:0'}]
                outbounds: [{type: rudp, name: far, server: '127.0.0.1:%d', secret: hush%s}]
                routes: [{default: far}]
                """.formatted(inbound, far.port("in"), options));
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new SplittableRandom(length).nextBytes(bytes);
        return bytes;
    }

    /** An association of SOCKS5 (RFC 1928 §7): its control connection and the relay's address. */
    private record Association(Socket control, DatagramSocket socket, InetSocketAddress relay) implements AutoCloseable {
        static Association open(int port) throws IOException {
            Socket control = new Socket(LOOPBACK, port);
            control.setSoTimeout(20_000);
            control.getOutputStream().write(new byte[]{5, 1, 0, 5, 3, 0, 1, 0, 0, 0, 0, 0, 0});
            DataInputStream in = new DataInputStream(control.getInputStream());
            assertThat(in.readNBytes(2)).containsExactly(5, 0);
            assertThat(in.readNBytes(4)).containsExactly(5, 0, 0, 1);
            InetSocketAddress relay = new InetSocketAddress(InetAddress.getByAddress(in.readNBytes(4)), in.readUnsignedShort());
            DatagramSocket socket = new DatagramSocket(new InetSocketAddress(LOOPBACK, 0));
            socket.setSoTimeout(20_000);
            return new Association(control, socket, relay);
        }

        byte[] exchange(InetSocketAddress target, byte[] payload) throws IOException {
            byte[] packet = ByteBuffer.allocate(10 + payload.length).put(new byte[]{0, 0, 0, 1})
                    .put(target.getAddress().getAddress())
                    .putShort((short) target.getPort()).put(payload).array();
            socket.send(new DatagramPacket(packet, packet.length, relay));
            DatagramPacket answer = new DatagramPacket(new byte[65_536], 65_536);
            socket.receive(answer);
            assertThat(Arrays.copyOf(answer.getData(), 10)).isEqualTo(Arrays.copyOf(packet, 10));
            return Arrays.copyOfRange(answer.getData(), 10, answer.getLength());
        }

        @Override
        public void close() throws IOException {
            control.close();
            socket.close();
        }
    }

    @Test
    void anAssociationOfSocksCarriesPacketsOfEverySize() throws Exception {
        RunningProxy far = far("");
        RunningProxy near = near("type: socks", far, "");
        InetSocketAddress target = (InetSocketAddress) echo.getLocalSocketAddress();
        try (Association association = Association.open(near.port("in"))) {
            for (int length : new int[]{1, 0, 500, 1100, 1300, 1452, 9000, 60_000}) { // beyond a datagram: by the stream
                assertThat(association.exchange(target, random(length))).as("%d bytes", length).isEqualTo(random(length));
            }
        }
        near.awaitQuiet();
        far.awaitQuiet();
    }

    @Test
    void oneAssociationReachesSeveralTargetsAndSeveralAssociationsOneTarget() throws Exception {
        RunningProxy far = far("");
        RunningProxy near = near("type: socks", far, "");
        try (DatagramSocket other = new DatagramSocket(new InetSocketAddress(LOOPBACK, 0));
                Association one = Association.open(near.port("in"));
                Association two = Association.open(near.port("in"))) {
            Thread.ofVirtual().start(() -> echoPackets(other));
            for (int i = 1; i < 20; i++) {
                assertThat(one.exchange((InetSocketAddress) echo.getLocalSocketAddress(), random(i))).isEqualTo(random(i));
                assertThat(one.exchange((InetSocketAddress) other.getLocalSocketAddress(), random(2 * i)))
                        .isEqualTo(random(2 * i));
                assertThat(two.exchange((InetSocketAddress) echo.getLocalSocketAddress(), random(3 * i)))
                        .isEqualTo(random(3 * i));
            }
        }
        near.awaitQuiet();
        far.awaitQuiet();
    }

    @Test
    void aForwardedUdpPortGoesThrough() throws Exception {
        RunningProxy far = far("");
        RunningProxy near = near("type: forward, network: udp, to: '127.0.0.1:" + echo.getLocalPort() + "'", far, "");
        try (DatagramSocket client = new DatagramSocket()) {
            client.setSoTimeout(20_000);
            byte[] payload = random(700);
            client.send(new DatagramPacket(payload, payload.length, new InetSocketAddress(LOOPBACK, near.port("in"))));
            DatagramPacket answer = new DatagramPacket(new byte[2000], 2000);
            client.receive(answer);
            assertThat(Arrays.copyOf(answer.getData(), answer.getLength())).isEqualTo(payload);
        }
    }

    private static String hello(int port) throws IOException {
        try (Socket socket = new Socket(LOOPBACK, port)) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    @Test
    void thePageAndTheAccessLineSayWhyTheServerCouldNotReachTheTarget() throws Exception {
        RunningProxy near = near("type: http", far(""), "");
        assertThat(page(near)).contains("127.0.0.1:1 by the rudp server of far: connection refused");
        near.awaitQuiet();
        assertThat(near.ended()).singleElement()
                .satisfies(e -> assertThat(e.toString()).contains("by the rudp server of far: connection refused"));
    }

    @Test
    void aServerWhoseNameNobodyHasIsToldInASentence() throws Exception {
        RunningProxy near = start("near", """
                inbounds: [{type: http, name: in, listen: '127.0.0.1:0'}]
                outbounds: [{type: rudp, name: far, server: 'nosuch.invalid:1', secret: hush}]
                routes: [{default: far}]
                """);
        assertThat(page(near)).contains("rudp server of far: no host has the name nosuch.invalid.");
    }

    private static String page(RunningProxy near) throws IOException {
        try (Socket socket = new Socket(LOOPBACK, near.port("in"))) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write("GET http://127.0.0.1:1/ HTTP/1.1\r\nHost: 127.0.0.1:1\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    @Test
    void theKeyIsLoggedWithTheAddressAsItIsWritten() throws Exception {
        LogWatch log = new LogWatch();
        log.begin();
        RunningProxy far = far("");
        assertThat(log.messages(Level.INFO))
                .anyMatch(line -> line.startsWith("inbound 'in' on 127.0.0.1:" + far.port("in") + " has the key "));
        log.verify();
    }

    private static void echoStreams(ServerSocket target) {
        while (true) {
            try (Socket socket = target.accept()) {
                socket.getInputStream().transferTo(socket.getOutputStream());
            } catch (IOException e) {
                if (target.isClosed()) {
                    return;
                }
            }
        }
    }

    @Test
    void withEarlyDataAtBothEndsARequestGoesWithTheFirstFlightAndTracesSayIt() throws Exception {
        Path traces = dir.resolve("traces");
        try (ServerSocket target = new ServerSocket(0, 50, LOOPBACK)) {
            Thread.ofVirtual().start(() -> echoStreams(target));
            RunningProxy far = far(", early-data: true, trace: '" + traces.resolve("far") + "'");
            String key = RudpServer.keyOf(dir.resolve("far/rudp/server.key")).publicKey().toString();
            RunningProxy near = near("type: forward, to: '127.0.0.1:" + target.getLocalPort() + "'", far,
                    ", early-data: true, key: " + key + ", trace: '" + traces.resolve("near") + "'");
            assertThat(hello(near.port("in"))).isEqualTo("hello");
            assertThat(hello(near.port("in"))).isEqualTo("hello");
            near.close();
            far.close();
            open.clear();
            open.add(echo);
        }
        List<Map<?, ?>> client = trace(traces.resolve("near"));
        List<Map<?, ?>> server = trace(traces.resolve("far"));
        assertThat(names(client)).contains("transport:packet_sent", "transport:packet_received", "recovery:metrics_updated",
                "connectivity:connection_state_updated", "connectivity:connection_closed");
        assertThat(names(server)).contains("transport:packet_received", "connectivity:connection_closed");
        assertThat(client.toString()).contains("packet_type=0RTT");
        String all = text(traces.resolve("near")) + text(traces.resolve("far"));
        assertThat(all).doesNotContain("hush").doesNotContain("hello");
    }

    /** What all connections wrote: a client has one for each loop. */
    private static String text(Path directory) throws IOException {
        StringBuilder all = new StringBuilder();
        try (var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                assertThat(file.toString()).endsWith(".sqlog");
                all.append(Files.readString(file));
            }
        }
        return all.toString();
    }

    private static List<String> names(List<Map<?, ?>> records) {
        return records.stream().map(r -> String.valueOf(r.get("name"))).distinct().toList();
    }

    /** Every record of a JSON text sequence (RFC 7464). */
    private static List<Map<?, ?>> trace(Path directory) throws IOException {
        String[] texts = text(directory).split("\u001e", -1);
        assertThat(texts[0]).isEmpty();
        Load json = new Load(LoadSettings.builder().setSchema(new JsonSchema()).build());
        List<Map<?, ?>> records = new ArrayList<>();
        for (int i = 1; i < texts.length; i++) {
            assertThat(texts[i]).startsWith("{").endsWith("}\n");
            records.add((Map<?, ?>) json.loadFromString(texts[i]));
        }
        Map<?, ?> header = records.getFirst();
        assertThat(header.get("qlog_version")).isEqualTo("0.3");
        assertThat(header.get("qlog_format")).isEqualTo("JSON-SEQ");
        assertThat(records.stream().filter(r -> !r.containsKey("qlog_version")))
                .allMatch(r -> r.get("time") instanceof Number && r.get("data") instanceof Map);
        return records;
    }
}
