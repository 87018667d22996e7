package dev.sluice.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.sluice.app.config.Config;
import dev.sluice.app.config.ConfigException;
import dev.sluice.app.config.ConfigFile;
import dev.sluice.app.config.Overrides;
import dev.sluice.app.logs.Logs;
import dev.sluice.rudp.RudpClient;
import dev.sluice.rudp.RudpConfig;
import dev.sluice.rudp.RudpConnection;
import dev.sluice.testkit.LogWatch;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole program in this process: starts, proxies, reloads, drains. */
final class RunnerIT {
    @TempDir
    private Path directory = Path.of("");
    private @Nullable Runner runner;
    private @Nullable Logs logs;
    private @Nullable ServerSocket origin;

    @BeforeEach
    void startOrigin() throws IOException {
        ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        origin = socket;
        Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    Socket client = socket.accept();
                    Thread.ofVirtual().start(() -> echo(client));
                }
            } catch (IOException e) { // closed
                return;
            }
        });
    }

    /** Answers HTTP, and gives back everything else. */
    private static void echo(Socket client) {
        try (client) {
            byte[] buffer = new byte[8192];
            for (int n; (n = client.getInputStream().read(buffer)) > 0;) {
                boolean http = new String(buffer, 0, 4, StandardCharsets.US_ASCII).equals("GET ");
                byte[] answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".getBytes(StandardCharsets.US_ASCII);
                client.getOutputStream().write(http ? answer : buffer, 0, http ? answer.length : n);
            }
        } catch (IOException e) { // the client is gone
            return;
        }
    }

    @AfterEach
    void stop() throws IOException {
        if (runner != null) {
            runner.stop("test", false);
            assertThat(runner.end()).isZero();
        }
        if (logs != null) {
            logs.close();
        }
        Objects.requireNonNull(origin).close();
    }

    private Runner start(String yaml) throws IOException, ConfigException, StartException {
        Path file = Files.writeString(directory.resolve("sluice.yaml"), yaml);
        Overrides none = Overrides.none(directory);
        Config config = ConfigFile.read(file, none, Map.of());
        logs = Logs.start(config.log());
        Runner started = new Runner(config, file, none, Map.of(), logs);
        runner = started;
        started.start();
        return started;
    }

    private static InetSocketAddress address(Runner started, String inbound) {
        return Objects.requireNonNull(Objects.requireNonNull(started.server()).listening().get(inbound)).getFirst();
    }

    private URI originUri() {
        return URI.create("http://127.0.0.1:" + Objects.requireNonNull(origin).getLocalPort() + "/");
    }

    private static HttpResponse<String> get(URI uri, @Nullable InetSocketAddress proxy) throws IOException, InterruptedException {
        HttpClient.Builder builder = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1);
        if (proxy != null) {
            builder.proxy(ProxySelector.of(proxy));
        }
        try (HttpClient client = builder.build()) {
            return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
        }
    }

    private static HttpResponse<String> send(URI uri, String method) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(HttpRequest.newBuilder(uri).method(method, HttpRequest.BodyPublishers.noBody()).build(),
                    BodyHandlers.ofString());
        }
    }

    @Test
    void proxiesAndShowsItself() throws Exception {
        Runner started = start("inbounds: [{type: mixed, name: m, listen: '127.0.0.1:0'}]\nadmin: 127.0.0.1:0\n");
        assertThat(get(originUri(), address(started, "m")).body()).isEqualTo("ok");
        URI admin = URI.create("http://127.0.0.1:" + Objects.requireNonNull(started.adminAddress()).getPort());
        assertThat(get(admin.resolve("/healthz"), null).statusCode()).isEqualTo(200);
        assertThat(get(admin.resolve("/readyz"), null).statusCode()).isEqualTo(200);
        assertThat(get(admin.resolve("/nope"), null).statusCode()).isEqualTo(404);
        assertThat(get(admin.resolve("/connections"), null).body()).contains("\"open\"", "\"connections\"");
        String metrics = get(admin.resolve("/metrics"), null).body();
        assertThat(metrics).contains("sluice_connections_open", "sluice_connect_seconds_bucket", "sluice_event_loop_lag_seconds",
                "sluice_buffer_memory_bytes", "sluice_inbound_bytes_total{direction=\"down\",inbound=\"m\"}",
                "jvm_memory_used_bytes");
        assertThat(get(admin.resolve("/users"), null).body()).contains("\"users\"");
        assertThat(send(admin.resolve("/users/no%20body/sessions"), "DELETE").statusCode()).isEqualTo(404);
        assertThat(send(admin.resolve("/users/alice/sessions"), "POST").statusCode()).isEqualTo(405);
        assertThat(send(admin.resolve("/connections"), "DELETE").statusCode()).isEqualTo(405);
        assertThat(get(admin, address(started, "m")).statusCode()).as("the proxy never leads to the admin port")
                .isGreaterThanOrEqualTo(400);
    }

    @Test
    void connectionsOfReliableUdpAreCountedInSums() throws Exception {
        Runner started = start("admin: 127.0.0.1:0\ninbounds: [{type: rudp, name: far, listen: '127.0.0.1:0', secret: hush}]\n");
        URI metrics = URI.create("http://127.0.0.1:" + Objects.requireNonNull(started.adminAddress()).getPort() + "/metrics");
        RudpConnection client = RudpClient.connect(address(started, "far"), RudpConfig.builder().secret("hush").build());
        assertThat(Announcement.listening(Objects.requireNonNull(started.server()))).startsWith("listening on rudp 127.0.0.1:");
        String open = "sluice_rudp_connections_open{kind=\"inbound\",name=\"far\"} ";
        await().until(() -> get(metrics, null).body().contains(open + "1.0"));
        client.close();
        await().until(() -> get(metrics, null).body().contains(open + "0.0"));
        try (DatagramSocket stranger = new DatagramSocket()) {
            stranger.send(new DatagramPacket(new byte[100], 100, address(started, "far")));
        }
        String strangers = "sluice_rudp_strangers_total{kind=\"inbound\",name=\"far\",verdict=";
        await().until(() -> get(metrics, null).body().contains(strangers + "\"dropped\"} 1.0"));
        assertThat(get(metrics, null).body()).contains(strangers + "\"answered\"} 0.0");
        String labels = "{kind=\"inbound\",name=\"far\"}";
        assertThat(get(metrics, null).body()).contains("sluice_rudp_connections_total" + labels + " 1.0",
                "sluice_rudp_congestion_window_bytes" + labels + " 0.0", "sluice_rudp_retransmitted_bytes_total" + labels,
                "sluice_rudp_packets_repaired_total" + labels, "sluice_rudp_path_changes_total" + labels,
                "sluice_rudp_packets_lost_total" + labels, "sluice_rudp_pacing_rate" + labels,
                "sluice_rudp_rtt_seconds_bucket{kind=\"inbound\",name=\"far\"",
                "sluice_rudp_packets_total{direction=\"received\",kind=\"inbound\",name=\"far\"}");
    }

    @Test
    void aNewVersionIsTakenOverWithoutCuttingAnybody() throws Exception {
        String one = "{type: mixed, name: one, listen: '127.0.0.1:0'}";
        Runner started = start("admin: off\ninbounds: [" + one + "]\n");
        InetSocketAddress kept = address(started, "one");
        try (Socket tunnel = connect(kept)) {
            replace("admin: off\ninbounds: [" + one + ", {type: socks, name: two, listen: '127.0.0.1:0'}]\n");
            await().until(() -> Objects.requireNonNull(started.server()).listening().containsKey("two"));
            assertThat(address(started, "one")).isEqualTo(kept);
            assertEchoes(tunnel);

            replace("admin: off\ninbounds: [oops]\n");
            replace("admin: off\ninbounds: [" + one + "]\nroutes: [default: block]\n");
            await().until(() -> !Objects.requireNonNull(started.server()).listening().containsKey("two"));
            assertEchoes(tunnel);
            assertThat(get(originUri(), kept).statusCode()).isEqualTo(403);
        }
    }

    @Test
    void whatNeedsARestartIsNamedAndStays() throws Exception {
        String one = "admin: off\ninbounds: [{type: mixed, name: one, listen: '127.0.0.1:0'}]\n";
        Runner started = start(one + "threads: 1\n");
        LogWatch log = new LogWatch();
        log.begin();
        Files.writeString(directory.resolve("sluice.yaml"), one + "threads: 2\ntransport: nio\nstate-dir: elsewhere\n");
        started.reload();
        started.settle();
        assertThat(log.messages(Level.WARN)).containsExactly(
                "threads, transport, state-dir: only a restart changes this; what runs keeps the old value");
        assertThat(get(originUri(), address(started, "one")).body()).isEqualTo("ok");
        assertThat(Thread.getAllStackTraces().keySet().stream().map(Thread::getName)
                .filter(name -> name.startsWith("sluice-loop-"))).hasSize(1);
        log.verify();
    }

    @Test
    void aBadVersionIsRefusedAndTheRunningOneStays() throws Exception {
        Runner started = start("admin: off\ninbounds: [{type: mixed, name: one, listen: '127.0.0.1:0'}]\n");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            replace("admin: off\ninbounds: [{type: mixed, name: one, listen: '127.0.0.1:0'}, {type: http, name: two, listen: '127.0.0.1:"
                    + taken.getLocalPort() + "'}]\nroutes: [default: block]\n");
            started.reload();
            started.settle();
            assertThat(Objects.requireNonNull(started.server()).listening()).containsOnlyKeys("one");
            assertThat(get(originUri(), address(started, "one")).body()).isEqualTo("ok");
        }
    }

    @Test
    void ruleSetsFollowTheirFiles() throws Exception {
        Path set = Files.writeString(directory.resolve("set.txt"), "192.0.2.1\n");
        Runner started = start("""
                admin: off
                inbounds: [{type: mixed, name: one, listen: '127.0.0.1:0'}]
                rule-sets: [{name: s, file: set.txt}]
                routes: [{when: {rule-set: s}, to: block}]
                """);
        assertThat(get(originUri(), address(started, "one")).statusCode()).isEqualTo(200);
        Files.writeString(directory.resolve("next"), "127.0.0.0/8\n192.0.2.1\n");
        Files.move(directory.resolve("next"), set, StandardCopyOption.ATOMIC_MOVE);
        await().until(() -> get(originUri(), address(started, "one")).statusCode() == 403);
    }

    @Test
    void theAdminListenerMoves() throws Exception {
        String listener = "inbounds: [{type: mixed, name: one, listen: '127.0.0.1:0'}]\n";
        Runner started = start("admin: 127.0.0.1:0\n" + listener);
        InetSocketAddress first = Objects.requireNonNull(started.adminAddress());
        replace("admin: off\n" + listener);
        await().until(() -> started.adminAddress() == null);
        assertThatThrownBy(() -> new Socket(first.getAddress(), first.getPort()).close()).isInstanceOf(IOException.class);
        replace("admin: {listen: '127.0.0.1:0', hosts: [a.test]}\n" + listener);
        await().until(() -> started.adminAddress() != null);
        URI admin = URI.create("http://127.0.0.1:" + Objects.requireNonNull(started.adminAddress()).getPort());
        assertThat(get(admin.resolve("/healthz"), null).statusCode()).isEqualTo(200);
    }

    @Test
    void timeOutsAndLimitsChangeWithoutANewListener() throws Exception {
        String one = "admin: off\ninbounds: [{type: mixed, name: one, listen: '127.0.0.1:0'}]\n";
        Runner started = start(one);
        InetSocketAddress kept = address(started, "one");
        try (Socket old = connect(kept)) {
            replace(one + "timeouts: {idle: 300ms, http-idle: 400ms, handshake: 5s}\nlimits: {header-bytes: 8192}\n");
            Server server = Objects.requireNonNull(started.server());
            await().until(() -> server.config().timeouts().idle().toMillis() == 300);
            assertThat(address(started, "one")).isEqualTo(kept);
            try (Socket fresh = connect(kept)) {
                fresh.setSoTimeout(10_000);
                assertThat(fresh.getInputStream().read()).as("idle for too long").isEqualTo(-1);
            }
            assertEchoes(old);
            try (Socket silent = new Socket(kept.getAddress(), kept.getPort())) {
                silent.setSoTimeout(10_000);
                silent.getOutputStream()
                        .write(("GET " + originUri() + " HTTP/1.1\r\nHost: x\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
                assertThat(new String(silent.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)).endsWith("ok");
            }
        }
    }

    @Test
    void secretsInFilesAreWatched() throws Exception {
        Files.writeString(directory.resolve("pw"), "first\n");
        Runner started = start("""
                admin: off
                users: [{name: ann, password: 'file:pw'}]
                inbounds: [{type: socks, name: one, listen: '127.0.0.1:0'}]
                """);
        InetSocketAddress proxy = address(started, "one");
        assertThat(login(proxy, "first")).isZero();
        Files.writeString(directory.resolve("pw2"), "second\n");
        Files.move(directory.resolve("pw2"), directory.resolve("pw"), StandardCopyOption.ATOMIC_MOVE);
        await().pollInterval(Duration.ofMillis(300)).until(() -> login(proxy, "second") == 0);
        assertThat(address(started, "one")).isEqualTo(proxy);
    }

    /** RFC 1929: 0 is success. */
    private static int login(InetSocketAddress proxy, String password) throws IOException {
        try (Socket socket = new Socket(proxy.getAddress(), proxy.getPort())) {
            socket.getOutputStream().write(new byte[]{5, 1, 2});
            socket.getInputStream().readNBytes(2);
            socket.getOutputStream().write(1);
            socket.getOutputStream().write(3);
            socket.getOutputStream().write("ann".getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(password.length());
            socket.getOutputStream().write(password.getBytes(StandardCharsets.US_ASCII));
            return socket.getInputStream().readNBytes(2)[1];
        }
    }

    /** As many editors save: a new file in the place of the old one. */
    private void replace(String yaml) throws IOException {
        Files.writeString(directory.resolve("new"), yaml);
        Files.move(directory.resolve("new"), directory.resolve("sluice.yaml"), StandardCopyOption.ATOMIC_MOVE);
    }

    private Socket connect(InetSocketAddress proxy) throws IOException {
        Socket socket = new Socket(proxy.getAddress(), proxy.getPort());
        int port = Objects.requireNonNull(origin).getLocalPort();
        socket.getOutputStream()
                .write(("CONNECT 127.0.0.1:" + port + " HTTP/1.1\r\nHost: x\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        byte[] answer = socket.getInputStream().readNBytes(12);
        assertThat(new String(answer, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 200");
        StringBuilder rest = new StringBuilder();
        while (!rest.toString().endsWith("\r\n\r\n")) {
            rest.append((char) socket.getInputStream().read());
        }
        return socket;
    }

    private static void assertEchoes(Socket tunnel) throws IOException {
        byte[] hello = "hello".getBytes(StandardCharsets.US_ASCII);
        tunnel.getOutputStream().write(hello);
        assertThat(tunnel.getInputStream().readNBytes(5)).isEqualTo(hello);
    }
}
