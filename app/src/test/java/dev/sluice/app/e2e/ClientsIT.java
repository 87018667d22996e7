package dev.sluice.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.LeakWatch;
import dev.sluice.testkit.LogWatch;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Other real clients: Java's {@code HttpClient}, a browser, a WebSocket, DNS over SOCKS. */
@ExtendWith({LeakWatch.class, LogWatch.class})
class ClientsIT {
    @TempDir
    private Path directory = Path.of("");
    private final List<AutoCloseable> open = new ArrayList<>();
    private RunningProxy proxy;

    @BeforeEach
    void start() throws Exception {
        proxy = RunningProxy.mixed(directory);
        open.add(proxy);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    private ScriptedServer server(ScriptedServer.Script script) throws IOException {
        ScriptedServer server = ScriptedServer.start(script);
        open.add(server);
        return server;
    }

    @Test
    void javasHttpClientPostsAndGetsBackManyAtOnce() throws Exception {
        ScriptedServer origin = server((in, out, socket) -> {
            while (true) {
                byte[] body = ScriptedServer.body(ScriptedServer.head(in), in);
                ScriptedServer.send(out, "HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n");
                out.write(body);
            }
        });
        byte[] body = new byte[300_000];
        new SplittableRandom(1).nextBytes(body);
        ProxySelector through = ProxySelector.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), proxy.port("in")));
        try (HttpClient client = HttpClient.newBuilder().proxy(through).version(HttpClient.Version.HTTP_1_1).build()) {
            List<CompletableFuture<HttpResponse<byte[]>>> answers = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                answers.add(client.sendAsync(HttpRequest.newBuilder(URI.create("http://localhost:" + origin.port() + "/" + i))
                        .POST(BodyPublishers.ofByteArray(body)).build(), BodyHandlers.ofByteArray()));
            }
            for (CompletableFuture<HttpResponse<byte[]>> answer : answers) {
                assertThat(answer.join().statusCode()).isEqualTo(200);
                assertThat(answer.join().body()).isEqualTo(body);
            }
        }
        proxy.awaitQuiet();
    }

    @Test
    void aBrowserShowsThePage() throws Exception {
        ScriptedServer origin = server((in, out, socket) -> {
            while (true) {
                boolean script = ScriptedServer.head(in).startsWith("GET /s.js");
                String content = script
                        ? "document.getElementById('x').textContent = 'the script ' + 'ran';"
                        : "<!doctype html><p id=x>nothing</p><script src=/s.js></script>";
                ScriptedServer.send(out, "HTTP/1.1 200 OK\r\nContent-Type: text/" + (script ? "javascript" : "html")
                        + "\r\nContent-Length: " + content.length() + "\r\n\r\n" + content);
            }
        });
        Programs.Result page = Programs.run(List.of("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
                "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--user-data-dir=" + directory.resolve("profile"), "--proxy-server=http://127.0.0.1:" + proxy.port("in"),
                "--proxy-bypass-list=<-loopback>", "--dump-dom", "http://localhost:" + origin.port() + "/"));

        assertThat(page.output()).contains("the script ran");
        assertThat(proxy.ended()).anySatisfy(e -> assertThat(e.what()).contains("/s.js"));
    }

    @Test
    void aWebSocketThroughThePlainProxy() throws Exception {
        ScriptedServer origin = server((in, out, socket) -> {
            assertThat(ScriptedServer.head(in)).containsIgnoringCase("upgrade: websocket")
                    .containsIgnoringCase("connection: upgrade");
            // the first frame comes in the same segment as the 101
            ScriptedServer.send(out,
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\u0081\u0002hi");
            byte[] buffer = new byte[1024];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
            }
        });
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), proxy.port("in"))) {
            client.setSoTimeout(10_000);
            String target = "localhost:" + origin.port();
            ScriptedServer.send(client.getOutputStream(), "GET http://" + target + "/ws HTTP/1.1\r\nHost: " + target
                    + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
            assertThat(ScriptedServer.head(client.getInputStream())).startsWith("HTTP/1.1 101");
            assertThat(client.getInputStream().readNBytes(4)).isEqualTo(new byte[]{(byte) 0x81, 2, 'h', 'i'});
            byte[] frame = {(byte) 0x82, (byte) 0x83, 1, 2, 3, 4, 5, 6, 7};
            client.getOutputStream().write(frame);
            assertThat(client.getInputStream().readNBytes(frame.length)).isEqualTo(frame);
        }
        proxy.awaitQuiet();
    }

    @Test
    void aNameIsLookedUpOverSocksUdp() throws Exception {
        byte[] answer = "an answer".getBytes(StandardCharsets.US_ASCII);
        try (DatagramSocket dns = new DatagramSocket(0, InetAddress.getLoopbackAddress());
                Socket control = new Socket(InetAddress.getLoopbackAddress(), proxy.port("in"));
                DatagramSocket client = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> answer(dns, answer));
            control.setSoTimeout(10_000);
            client.setSoTimeout(10_000);
            InetSocketAddress relay = associate(control);

            ByteArrayOutputStream query = new ByteArrayOutputStream();
            query.write(new byte[]{0, 0, 0, 3, 9});
            query.write("localhost".getBytes(StandardCharsets.US_ASCII));
            query.write(new byte[]{(byte) (dns.getLocalPort() >> 8), (byte) dns.getLocalPort()});
            query.write("a question".getBytes(StandardCharsets.US_ASCII));
            client.send(new DatagramPacket(query.toByteArray(), query.size(), relay));
            DatagramPacket reply = new DatagramPacket(new byte[1500], 1500);
            client.receive(reply);

            byte[] got = Arrays.copyOf(reply.getData(), reply.getLength());
            assertThat(Arrays.copyOf(got, 3)).containsOnly(0);
            assertThat(new String(got, StandardCharsets.ISO_8859_1)).endsWith("an answer");
        }
        proxy.awaitQuiet();
    }

    private static void answer(DatagramSocket dns, byte[] answer) {
        try {
            DatagramPacket packet = new DatagramPacket(new byte[1500], 1500);
            dns.receive(packet);
            dns.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
        } catch (IOException e) {
            // the test is over
        }
    }

    private static InetSocketAddress associate(Socket control) throws IOException {
        OutputStream out = control.getOutputStream();
        DataInputStream in = new DataInputStream(control.getInputStream());
        out.write(new byte[]{5, 1, 0});
        assertThat(in.readNBytes(2)).isEqualTo(new byte[]{5, 0});
        out.write(new byte[]{5, 3, 0, 1, 0, 0, 0, 0, 0, 0});
        byte[] reply = in.readNBytes(4);
        assertThat(reply).isEqualTo(new byte[]{5, 0, 0, 1});
        byte[] address = in.readNBytes(4);
        return new InetSocketAddress(InetAddress.getByAddress(address), in.readUnsignedShort());
    }
}
