package dev.sluice.app.e2e;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.sluice.testkit.LogWatch;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * The recipes of the README do what they say: each command is taken from there, is run, and {@code curl} goes through it. Ports are
 * free ones, names of the Internet become this machine; where a recipe keeps clients out of private networks, that is shown first, and
 * the same is run with {@code allow-private}, because the only web site of a test is on this machine.
 */
class RecipesIT {
    private static final Map<String, String> ENVIRONMENT = Map.of("ALICE_PASSWORD", "wonderland", "RUDP_SECRET", "hush");
    private static final Pattern OPTION = Pattern.compile("--(listen|via) +'([^']+)'");
    private static final Pattern PORT = Pattern.compile("(\\d|\\]):\\d+(?=[?/]|$)");
    private static final Pattern PIN = Pattern.compile("sha256:[0-9a-f]{64}");

    @RegisterExtension
    final LogWatch logs = new LogWatch();

    @TempDir
    private Path directory = Path.of("");
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    /** The options of that kind of the first command in the README where one of them contains {@code text}. */
    private static List<String> options(String kind, String text) throws IOException {
        return Files.readAllLines(Path.of("..", "README.md")).stream().filter(line -> line.startsWith("./sluice run "))
                .map(line -> OPTION.matcher(line).results().filter(o -> o.group(1).equals(kind)).map(o -> o.group(2)).toList())
                .filter(options -> options.stream().anyMatch(option -> option.contains(text))).findFirst().orElseThrow();
    }

    private static String onFreePort(String uri) {
        return PORT.matcher(uri).replaceFirst("$1:0");
    }

    private static String open(String uri) {
        return uri + (uri.contains("?") ? "&" : "?") + "allow-private=1";
    }

    private RunningProxy run(List<String> listen, List<String> via) throws Exception {
        Path own = Files.createDirectories(directory.resolve("run-" + open.size()));
        Files.writeString(own.resolve("password.txt"), "wonderland");
        for (String file : List.of("server.pem", "server.key")) {
            if (Files.exists(directory.resolve(file))) {
                Files.copy(directory.resolve(file), own.resolve(file));
            }
        }
        RunningProxy proxy = RunningProxy.run(own, listen, via, ENVIRONMENT);
        open.add(proxy);
        return proxy;
    }

    /** {@code sluice run --via URI}, which listens on 127.0.0.1:8088 unless it is told another port, as here. */
    private RunningProxy via(String uri) throws Exception {
        return run(List.of("mixed://127.0.0.1:0"), List.of(uri));
    }

    private String site() throws IOException {
        ScriptedServer hello = ScriptedServer.start((in, out, socket) -> {
            while (true) {
                ScriptedServer.head(in);
                ScriptedServer.send(out, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
            }
        });
        open.add(hello);
        return "http://127.0.0.1:" + hello.port() + "/";
    }

    private static String curl(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("curl", "-sS", "-m", "20", "-w", " %{http_code}"));
        command.addAll(List.of(arguments));
        return Programs.run(command).output();
    }

    @Test
    void anOffice() throws Exception {
        String site = site();
        String users = onFreePort(options("listen", "mixed://alice").getFirst());
        int shut = run(List.of(users), List.of()).port();
        assertThat(curl("-x", "127.0.0.1:" + shut, site)).endsWith(" 407");
        assertThat(curl("-x", "alice:wonderland@127.0.0.1:" + shut, site)).as("not into the private network").endsWith(" 403");
        int office = run(List.of(open(users)), List.of()).port();
        assertThat(curl("-x", "alice:wonderland@127.0.0.1:" + office, site)).isEqualTo("hello 200");
        assertThat(curl("-x", "socks5h://alice:wonderland@127.0.0.1:" + office, site)).isEqualTo("hello 200");

        String addresses = onFreePort(open(options("listen", "allow-from").getFirst()));
        assertThat(curl("-x", "127.0.0.1:" + run(List.of(addresses), List.of()).port(), site)).as("not from here")
                .endsWith(" 000");
        String here = addresses.replace("192.0.2.0/24", "127.0.0.0/8");
        assertThat(curl("-x", "127.0.0.1:" + run(List.of(here), List.of()).port(), site)).isEqualTo("hello 200");
    }

    @Test
    void aPortThatLeadsElsewhere() throws Exception {
        String site = site();
        List<String> both = options("listen", "tcp://127.0.0.1:5432");
        try (DatagramSocket target = new DatagramSocket(0, InetAddress.getLoopbackAddress());
                DatagramSocket client = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            String tcp = onFreePort(both.getFirst()).replace("db.example.net:5432", site.replaceAll("^http://|/$", ""));
            String udp = onFreePort(both.getLast()).replace("192.0.2.53:53", "127.0.0.1:" + target.getLocalPort());
            RunningProxy proxy = run(List.of(tcp, udp), List.of());
            List<Integer> ports = proxy.ports();
            assertThat(curl("http://127.0.0.1:" + ports.getFirst() + "/")).isEqualTo("hello 200");

            client.setSoTimeout(10_000);
            target.setSoTimeout(10_000);
            client.send(new DatagramPacket("what is your name?".getBytes(US_ASCII), 18, InetAddress.getLoopbackAddress(),
                    ports.getLast()));
            DatagramPacket packet = new DatagramPacket(new byte[100], 100);
            target.receive(packet);
            assertThat(new String(packet.getData(), 0, packet.getLength(), US_ASCII)).isEqualTo("what is your name?");
            target.send(new DatagramPacket("x".getBytes(US_ASCII), 1, packet.getSocketAddress()));
            client.receive(packet);
            assertThat(new String(packet.getData(), 0, packet.getLength(), US_ASCII)).isEqualTo("x");
        }
    }

    @Test
    void throughAnotherProxy() throws Exception {
        String site = site();
        int next = run(List.of("mixed://127.0.0.1:0"), List.of()).port();
        String http = options("via", "http://proxy.example.net").getFirst().replace("proxy.example.net:3128",
                "127.0.0.1:" + next);
        assertThat(curl("-x", "127.0.0.1:" + via(http).port(), site)).isEqualTo("hello 200");

        List<String> several = options("via", "socks5://127.0.0.1:1080");
        int last = run(List.of("http://user:wonderland@127.0.0.1:0?self-signed=true"), List.of()).port();
        RunningProxy chain = run(List.of("mixed://127.0.0.1:0"), List.of(several.getFirst().replace(":1080", ":" + next),
                several.getLast().replace("far.example.net:443", "127.0.0.1:" + last).replace("PROXY_PASSWORD", "ALICE_PASSWORD")
                        + "?insecure=1"));
        assertThat(curl("-x", "127.0.0.1:" + chain.port(), site)).isEqualTo("hello 200");
    }

    @Test
    void tlsToTheProxyItself() throws Exception {
        String site = site();
        assertThat(
                Programs.run(List.of("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
                        directory.resolve("server.key").toString(), "-out", directory.resolve("server.pem").toString())).exit())
                .isZero();
        int port = run(List.of(open(onFreePort(options("listen", "http://alice:file:").getFirst()))), List.of()).port();
        String trust = directory.resolve("server.pem").toString();
        assertThat(curl("--proxy-cacert", trust, "-x", "https://alice:wonderland@localhost:" + port, site))
                .isEqualTo("hello 200");
        assertThat(curl("--proxy-cacert", trust, "-x", "https://localhost:" + port, site)).endsWith(" 407");
    }

    @Test
    void overALossyLink() throws Exception {
        int far = run(List.of(open(onFreePort(options("listen", "rudp://env").getFirst()))), List.of()).port();
        String near = options("via", "rudp://env").getFirst().replace("far.example.net:9443", "127.0.0.1:" + far);
        assertThat(curl("-x", "127.0.0.1:" + via(near).port(), site())).isEqualTo("hello 200");
    }

    @Test
    void hiddenInOneTlsSession() throws Exception {
        int far = run(List.of(open(onFreePort(options("listen", "anytls://env").getFirst()))), List.of()).port();
        String pin = logs.messages(Level.INFO).stream().flatMap(line -> PIN.matcher(line).results()).map(m -> m.group())
                .findFirst()
                .orElseThrow();
        String near = options("via", "anytls://env").getFirst().replace("far.example.net:8443", "127.0.0.1:" + far);
        assertThat(near).containsPattern(PIN);
        assertThat(curl("-x", "127.0.0.1:" + via(PIN.matcher(near).replaceFirst(pin)).port(), site())).isEqualTo("hello 200");
        assertThat(curl("-x", "127.0.0.1:" + via(near).port(), site())).as("another pin").endsWith(" 502");
    }
}
