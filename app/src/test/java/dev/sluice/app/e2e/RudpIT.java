package dev.sluice.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.app.Main;
import dev.sluice.testkit.ChildJvm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.schema.JsonSchema;

/** {@code sluice rudp} as people use it: processes of their own, over loopback. They wait for limits: several run at once. */
class RudpIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    private Path dir = Path.of("");

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void end() {
        started.forEach(p -> p.destroyForcibly());
    }

    /** A process of the program; files stand for its streams. */
    private record Run(Process process, Path out, Path err) {
        int exit() throws InterruptedException {
            assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).as("the process ends").isTrue();
            return process.exitValue();
        }

        String errors() throws IOException {
            return Files.readString(err);
        }
    }

    private Run sluice(String name, Path in, String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of("rudp"));
        command.addAll(List.of(args));
        command.addAll(List.of("--state-dir", dir.resolve("state-" + name).toString()));
        Path out = dir.resolve(name + ".out");
        Path err = dir.resolve(name + ".err");
        Process process = ChildJvm.light(Main.class, command.toArray(String[]::new)).redirectInput(in.toFile())
                .redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        started.add(process);
        return new Run(process, out, err);
    }

    private static final Pattern LISTENING = Pattern.compile("listening on 127\\.0\\.0\\.1:(\\d+)");

    private static int port(Run server, Path said) {
        int[] port = new int[1];
        await().atMost(LIMIT).until(() -> {
            var m = LISTENING.matcher(Files.readString(said));
            if (m.find()) {
                port[0] = Integer.parseInt(m.group(1));
            }
            return port[0] != 0 || !server.process.isAlive();
        });
        assertThat(port[0]).as("the server listens").isNotZero();
        return port[0];
    }

    private Path random(String name, int bytes) throws IOException {
        byte[] content = new byte[bytes];
        new SplittableRandom(bytes).nextBytes(content);
        return Files.write(dir.resolve(name), content);
    }

    private static String hash(Path file) throws IOException, NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }

    /** Input that goes on: what this writes to descriptor 3, and no end. */
    private Path fifo(String script) throws IOException, InterruptedException {
        Path endless = dir.resolve("endless-" + started.size());
        assertThat(new ProcessBuilder("mkfifo", endless.toString()).start().waitFor()).isZero();
        started.add(new ProcessBuilder("sh", "-c", "exec 3>'" + endless + "'; " + script).start());
        return endless;
    }

    /** One line says why. */
    private static void assertFailure(Run run, String why) throws IOException, InterruptedException {
        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.errors().lines().filter(line -> !line.startsWith("listening on "))).hasSize(1).first().asString()
                .startsWith("sluice: ").endsWith(why);
    }

    private static Path nothing() {
        return Path.of("/dev/null");
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void catCarriesBothDirectionsAndTheAnswerIsReadAfterTheEndOfInput() throws Exception {
        Path there = random("there", 5_000_000);
        Path back = random("back", 3_000_000);
        Run server = sluice("server", back, "cat", "--listen", "rudp://hush@127.0.0.1:0");
        int port = port(server, server.err());
        Run client = sluice("client", there, "cat", "rudp://hush@127.0.0.1:" + port);

        assertThat(client.exit()).as(client.errors()).isZero();
        assertThat(server.exit()).as(server.errors()).isZero();
        assertThat(hash(server.out())).isEqualTo(hash(there));
        assertThat(hash(client.out())).isEqualTo(hash(back));
        assertThat(client.errors()).isEmpty();
    }

    @Test
    void aWrongSecretIsOneLineAndAFailure() throws Exception {
        Run server = sluice("server", nothing(), "server", "--listen", "rudp://hush@127.0.0.1:0");
        int port = port(server, server.out());
        long begun = System.nanoTime();
        Run client = sluice("client", nothing(), "cat", "rudp://wrong@127.0.0.1:" + port);

        assertThat(client.exit()).isEqualTo(1);
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
        assertThat(client.errors().lines()).hasSize(1).first().asString().startsWith("sluice: ").doesNotContain("wrong@");
        assertThat(client.out()).isEmptyFile();
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void aServerThatDiesIsOneLineAndAFailureWithinTheIdleLimit() throws Exception {
        Run server = sluice("server", nothing(), "server", "--listen", "rudp://hush@127.0.0.1:0");
        int port = port(server, server.out());
        Path endless = fifo("echo hello >&3; exec sleep 60");
        Run client = sluice("client", endless, "cat", "rudp://hush@127.0.0.1:" + port + "?idle=3s&keep-alive=1s");
        await().atMost(LIMIT).until(() -> Files.readString(client.out()).equals("hello\n"));
        server.process().destroyForcibly();

        assertThat(client.exit()).isEqualTo(1);
        assertThat(client.errors().lines()).hasSize(1).first().asString().startsWith("sluice: ");
    }

    @Test
    void whoIsConnectedHearsAtOnceThatTheServerWasStopped() throws Exception {
        Run server = sluice("server", nothing(), "server", "--listen", "rudp://hush@127.0.0.1:0");
        int port = port(server, server.out());
        Run client = sluice("client", fifo("echo hello >&3; exec sleep 60"), "cat",
                "rudp://hush@127.0.0.1:" + port + "?idle=60s");
        await().atMost(LIMIT).until(() -> Files.readString(client.out()).equals("hello\n"));
        server.process().destroy();

        assertFailure(client, "the server goes away");
        assertThat(server.exit()).isZero();
        assertThat(server.errors()).isEmpty();
    }

    @Test
    void theOtherEndHearsAtOnceThatACatWasStopped() throws Exception {
        for (boolean listening : new boolean[]{true, false}) {
            Run server = sluice("server", fifo("echo hello >&3; exec sleep 60"), "cat", "--listen",
                    "rudp://hush@127.0.0.1:0?idle=60s");
            int port = port(server, server.err());
            Run client = sluice("client", fifo("echo hello >&3; exec sleep 60"), "cat",
                    "rudp://hush@127.0.0.1:" + port + "?idle=60s");
            await().atMost(LIMIT).until(() -> Files.readString(client.out()).equals("hello\n"));
            Run stopped = listening ? server : client;
            Run other = listening ? client : server;
            stopped.process().destroy();

            assertFailure(other, "the other end was stopped");
            assertThat(stopped.exit()).isEqualTo(128 + 15);
            assertThat(stopped.errors()).doesNotContain("sluice: ");
        }
    }

    @Test
    void aListeningCatServesOneClientAndRefusesOthersEvenWhileNothingIsSaid() throws Exception {
        Run server = sluice("server", nothing(), "cat", "--listen", "rudp://hush@127.0.0.1:0?idle=60s");
        int port = port(server, server.err());
        Run first = sluice("first", fifo("exec sleep 60"), "cat", "rudp://hush@127.0.0.1:" + port + "?idle=60s");
        await().atMost(LIMIT).until(() -> Files.exists(dir.resolve("state-first/rudp/known-servers"))); // it is connected
        Run second = sluice("second", nothing(), "cat", "rudp://hush@127.0.0.1:" + port);

        assertFailure(second, "the server is busy: it serves one client");
        assertThat(first.process().isAlive()).isTrue();

        server.process().destroy();
        assertFailure(first, "the other end was stopped");
    }

    @Test
    void theLineForClientsCanBePastedAlsoWhereTheAddressIsIPv6() throws Exception {
        Run server = sluice("server", nothing(), "server", "--listen", "rudp://hush@[::1]:0");
        await().atMost(LIMIT).until(() -> Files.readString(server.out()).contains("client: ") || !server.process.isAlive());
        assumeTrue(server.process.isAlive(), "skipped: no IPv6 here: " + server.errors());
        assertThat(Files.readString(server.out())).containsPattern("listening on \\[::1]:\\d+\n");
        var line = Pattern.compile("client: sluice rudp perf '(.*)'").matcher(Files.readString(server.out()));
        assertThat(line.find()).isTrue();
        Run client = sluice("client", nothing(), "perf", line.group(1).replace("SECRET", "hush"), "-t", "0.2");

        assertThat(client.exit()).as(client.errors()).isZero();
        assertThat(client.out()).content().startsWith("Connected to ::1, port ");
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void perfPrintsOneObject() throws Exception {
        Run server = sluice("server", nothing(), "server", "--listen", "rudp://hush@127.0.0.1:0");
        int port = port(server, server.out());
        await().atMost(LIMIT).until(() -> Files.readString(server.out()).contains("client: ")); // the last line
        String key = Files.readString(server.out()).lines().filter(l -> l.startsWith("key ")).findFirst().orElseThrow()
                .substring(4);
        for (String[] direction : new String[][]{{}, {"-R"}}) {
            List<String> args = new ArrayList<>(
                    List.of("perf", "rudp://hush@127.0.0.1:" + port + "?key=" + key, "-t", "1", "-P", "2", "--json"));
            args.addAll(List.of(direction));
            Run client = sluice("client", nothing(), args.toArray(String[]::new));

            assertThat(client.exit()).as(client.errors()).isZero();
            Load json = new Load(LoadSettings.builder().setSchema(new JsonSchema()).build());
            assertThat(json.loadFromString(Files.readString(client.out())))
                    .asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
                    .extractingByKeys("bits_per_second", "bytes", "seconds", "retransmitted_bytes", "rtt_ms")
                    .allSatisfy(value -> assertThat(value).isInstanceOf(Number.class)).first()
                    .matches(bits -> ((Number) bits).doubleValue() > 0);
        }
    }

    @Test
    void perfPrintsALineForEachSecondAndTheSum() throws Exception {
        Run server = sluice("server", nothing(), "server", "--listen", "rudp://hush@127.0.0.1:0");
        Run client = sluice("client", nothing(), "perf", "rudp://hush@127.0.0.1:" + port(server, server.out()), "-t", "5", "--cc",
                "fixed-rate=20m");

        assertThat(client.exit()).as(client.errors()).isZero();
        List<String> lines = Files.readAllLines(client.out());
        assertThat(lines.getFirst()).startsWith("Connected to 127.0.0.1");
        assertThat(lines.getLast()).matches(" *0\\.00-[0-9.]+ +sec +[0-9.]+ MBytes +1[5-9]\\.?[0-9]* Mbits/sec .*received");
        // the first second is the compiler's, the second is at the rate that was asked for
        assertThat(lines).as("a second at 20 Mbit/s").anyMatch(line -> line.matches(".* (1[7-9]|20)(\\.[0-9]+)? +Mbits/sec.*"));
        assertThat(lines.stream().filter(line -> line.contains(" sec ")).count()).isEqualTo(6);
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void whatTheReadmeSaysOfTheServerIsTrue() throws Exception {
        Run server = sluice("server", nothing(), "server", "--listen", "rudp://hush@127.0.0.1:0");
        int port = port(server, server.out());
        Path hello = Files.writeString(dir.resolve("hello"), "hello\n");
        Run client = sluice("client", hello, "cat", "rudp://hush@127.0.0.1:" + port + "?trace=" + dir.resolve("traces"));

        assertThat(client.exit()).as(client.errors()).isZero();
        assertThat(client.out()).hasContent("hello\n");
        assertThat(dir.resolve("traces")).isDirectoryContaining("glob:**-client-*.sqlog");
    }

    @Test
    void aProxiedConnectionComesBackAfterTheServerWasRestarted() throws Exception {
        try (ServerSocket target = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> echo(target));
            Path far = Files.createDirectories(dir.resolve("far"));
            int port;
            try (RunningProxy server = RunningProxy.start(far,
                    "inbounds: [{type: rudp, name: in, listen: '127.0.0.1:0', secret: hush}]\nadmin: off\n")) {
                port = server.port("in");
                assertThat(port).isPositive();
            }
            String near = """
                    inbounds: [{type: forward, name: in, listen: '127.0.0.1:0', to: '127.0.0.1:%d'}]
                    outbounds: [{type: rudp, name: far, server: '127.0.0.1:%d', secret: hush, idle: 4s, keep-alive: 1s}]
                    routes: [{default: far}]
                    admin: off
                    """.formatted(target.getLocalPort(), port);
            String again = "inbounds: [{type: rudp, name: in, listen: '127.0.0.1:%d', secret: hush}]\nadmin: off\n"
                    .formatted(port);
            try (RunningProxy client = RunningProxy.start(Files.createDirectories(dir.resolve("near")), near)) {
                for (int run = 0; run < 2; run++) {
                    try (RunningProxy server = RunningProxy.start(far, again)) {
                        await().atMost(LIMIT).ignoreExceptions().until(() -> said(client.port("in")).equals("hello"));
                        assertThat(server.port("in")).isEqualTo(port);
                    }
                }
            }
        }
    }

    private static String said(int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(5000);
            socket.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    private static void echo(ServerSocket target) {
        while (true) {
            try {
                Socket socket = target.accept();
                Thread.ofVirtual().start(() -> {
                    try (socket) {
                        socket.getInputStream().transferTo(socket.getOutputStream());
                    } catch (IOException e) {
                        // the client has left
                    }
                });
            } catch (IOException e) {
                return;
            }
        }
    }
}
