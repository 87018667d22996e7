package dev.sluice.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Sluice and the programs it is compared with, side by side: all are started once, every round gives each of them the same load
 * in turn, the first rounds only warm up: a JVM compiles what it runs often, and a server runs for weeks. Absolute figures of a shared machine mean little; the ratios of one run count.
 *
 * <p>{@code SideBySide relay|http|start|anytls|rudp [--rounds N] [--warm-up N] [--seconds S] [--only NAME,NAME] [--idle N]}. One thread.
 */
final class SideBySide {
    private static final Pattern RECEIVED = Pattern.compile(
            "\"sum_received\":\\s*\\{[^}]*?\"bytes\":\\s*(\\d+)[^}]*?\"bits_per_second\":\\s*([0-9.e+]+)",
            Pattern.DOTALL);
    private static final Pattern REQUESTS = Pattern.compile("(\\d+) requests in ([0-9.]+)(ms|s|m)");
    private static final Pattern P50 = Pattern.compile("50%\\s+([0-9.]+)(us|ms|s)");
    private static final Pattern P99 = Pattern.compile("99%\\s+([0-9.]+)(us|ms|s)");
    private static final Pattern FAILED = Pattern.compile("Non-2xx or 3xx responses: (\\d+)");
    private static final double GB = 1e9;

    private final Path dir;
    private final Map<String, String> options;
    private final Samples samples = new Samples();
    private final Rounds rounds;
    private final double seconds;

    private SideBySide(Path dir, Map<String, String> options) {
        this.dir = dir;
        this.options = options;
        this.rounds = Rounds.of(options, 4);
        this.seconds = Double.parseDouble(options.getOrDefault("seconds", "4"));
    }

    /** See the class doc; prints one Markdown table to standard output, progress to standard error. */
    public static void main(String[] args) throws Exception {
        if (args.length == 0 || args.length % 2 == 0) {
            System.err.println(
                    "usage: bench/run relay|http|start|anytls|rudp [--rounds N] [--warm-up N] [--seconds S] [--only NAME,NAME] [--idle N]");
            System.exit(2);
        }
        Map<String, String> options = new LinkedHashMap<>();
        for (int i = 1; i < args.length; i += 2) {
            options.put(args[i].replaceFirst("^--", ""), args[i + 1]);
        }
        Path dir = Files.createTempDirectory("sluice-bench");
        dir.toFile().setReadable(true, false);
        dir.toFile().setExecutable(true, false);
        dir.toFile().setWritable(true, false); // Squid gives up root and writes its log here
        try {
            SideBySide bench = new SideBySide(dir, options);
            switch (args[0]) {
                case "relay" -> bench.relay();
                case "http" -> bench.http();
                case "start" -> bench.start();
                case "anytls" -> new AnyTlsSideBySide(dir, options, bench.samples).run();
                case "rudp" -> new RudpSideBySide(dir, options, bench.samples).run();
                default ->
                    throw new IllegalArgumentException("unknown benchmark " + args[0] + ": relay, http, start, anytls or rudp");
            }
            System.out.print(bench.samples.table("sluice"));
        } finally {
            delete(dir);
        }
    }

    private static Path executable(Peer peer) throws IOException {
        Path found = Peer.find(peer.binary());
        if (found == null) {
            throw new IOException(peer.binary() + " not found");
        }
        return found;
    }

    /** One program in front of its target. */
    private record Subject(Peer peer, Program program, int port) {}

    private List<Subject> start(List<Peer> peers, int target, List<AutoCloseable> toClose)
            throws IOException, InterruptedException {
        List<Subject> subjects = new ArrayList<>();
        for (Peer peer : peers) {
            int port = freePort();
            Program program = Program.start(peer.name() + "-" + port, dir,
                    peer.starter().command(executable(peer), dir, port, target));
            toClose.add(program);
            subjects.add(new Subject(peer, program.awaitPort(port), port));
        }
        return subjects;
    }

    private void relay() throws Exception {
        List<AutoCloseable> toClose = new ArrayList<>();
        try {
            int iperfPort = freePort();
            int echoPort = freePort();
            toClose.add(Program.start("iperf3", dir, List.of("iperf3", "-s", "-p", Integer.toString(iperfPort)))
                    .awaitPort(iperfPort));
            toClose.add(Program.start("echo", dir, java("EchoServer", echoPort)).awaitPort(echoPort));
            List<Peer> peers = rounds.present(Peer.relays());
            List<Subject> bulk = start(peers, iperfPort, toClose);
            List<Subject> small = start(peers, echoPort, toClose);
            for (Subject s : small) {
                verify(s);
            }
            rounds.run(counted -> {
                for (int i = 0; i < bulk.size(); i++) {
                    throughput(bulk.get(i), 1, counted);
                    throughput(bulk.get(i), 8, counted);
                    trips(small.get(i), counted);
                }
            });
            int idle = Integer.parseInt(options.getOrDefault("idle", "9500"));
            for (Subject s : bulk) {
                samples.add(s.peer.name(), "resident after bulk, MiB", s.program.residentMiB());
            }
            closeAll(toClose);
            if (idle > 0) {
                idle(peers, idle);
            }
        } finally {
            closeAll(toClose);
        }
    }

    /** What Sluice carries must come back whole; what a peer loses is said, and the figures go on. */
    private static void verify(Subject s) throws IOException, InterruptedException {
        try {
            StreamLoad.verify(s.port, 256);
            System.err.println(s.peer.name() + ": 256 MiB and the FIN came back, SHA-256 equal");
        } catch (IOException e) {
            if (s.peer.name().equals("sluice")) {
                throw e;
            }
            System.err.println(s.peer.name() + ": " + e.getMessage());
        }
    }

    private void throughput(Subject s, int streams, boolean counted) throws IOException, InterruptedException {
        double cpu = s.program.cpuSeconds();
        Program iperf = Program.start("iperf3-client", dir,
                List.of("iperf3", "-c", "127.0.0.1", "-p", Integer.toString(s.port), "-t",
                        Integer.toString((int) Math.ceil(seconds)), "-P", Integer.toString(streams), "-J"));
        String json = await(iperf, (int) seconds + 20);
        Matcher m = RECEIVED.matcher(json);
        if (!m.find()) {
            throw new IOException("iperf3 through " + s.peer.name() + " gave no result: " + json);
        }
        double bytes = Double.parseDouble(m.group(1));
        if (counted) {
            samples.add(s.peer.name(), "throughput " + streams + " stream, Gbit/s", Double.parseDouble(m.group(2)) / 1e9);
            samples.add(s.peer.name(), "CPU " + streams + " stream, s/GB", (s.program.cpuSeconds() - cpu) / (bytes / GB));
        }
    }

    private void trips(Subject s, boolean counted) throws IOException {
        double[] trips = StreamLoad.roundTrips(s.port, seconds / 2);
        double rate = StreamLoad.connections(s.port, seconds / 2);
        if (counted) {
            samples.add(s.peer.name(), "round trip p50, us", trips[0]);
            samples.add(s.peer.name(), "round trip p99, us", trips[1]);
            samples.add(s.peer.name(), "connections/s", rate);
        }
    }

    /** Memory with idle relays, each program fresh: what it kept from the bulk loads must not count. */
    private void idle(List<Peer> peers, int count) throws Exception {
        for (Peer peer : peers) {
            List<AutoCloseable> toClose = new ArrayList<>();
            try {
                awaitFreePorts();
                int echoPort = freePort();
                toClose.add(Program.start("echo-idle", dir, java("EchoServer", echoPort)).awaitPort(echoPort));
                Subject s = start(List.of(peer), echoPort, toClose).getFirst();
                samples.add(peer.name(), "resident, idle, MiB", s.program.residentMiB());
                samples.add(peer.name(), "resident, " + count + " idle relays, MiB",
                        StreamLoad.holding(s.port, count, s.program::residentMiB));
            } catch (IOException e) {
                System.err.println(peer.name() + " cannot hold " + count + " idle relays here: " + e.getMessage());
            } finally {
                closeAll(toClose);
            }
        }
    }

    /** Connections in TIME_WAIT hold local ports: with too many of them a program cannot connect, and would look faulty. */
    static void awaitFreePorts() throws IOException, InterruptedException {
        Pattern waiting = Pattern.compile("tw (\\d+)");
        for (int second = 0; second < 90; second++) {
            Matcher m = waiting.matcher(Files.readString(Path.of("/proc/net/sockstat")));
            if (!m.find() || Integer.parseInt(m.group(1)) < 2000) {
                return;
            }
            TimeUnit.SECONDS.sleep(1);
        }
    }

    private void http() throws Exception {
        List<AutoCloseable> toClose = new ArrayList<>();
        try {
            int originPort = freePort();
            toClose.add(Program.start("origin", dir, Peer.origin(dir, originPort)).awaitPort(originPort));
            List<Subject> subjects = start(rounds.present(Peer.httpProxies()), originPort, toClose);
            Path script = Files.writeString(dir.resolve("absolute.lua"), """
                    request = function() return wrk.format("GET", "http://127.0.0.1:%d/", {Host = "127.0.0.1:%d"}) end
                    """.formatted(originPort, originPort));
            rounds.run(counted -> {
                for (Subject s : subjects) {
                    requests(s, script, counted);
                }
            });
            for (Subject s : subjects) {
                samples.add(s.peer.name(), "resident, MiB", s.program.residentMiB());
            }
        } finally {
            closeAll(toClose);
        }
    }

    private void requests(Subject s, Path script, boolean counted) throws IOException, InterruptedException {
        double cpu = s.program.cpuSeconds();
        Program wrk = Program.start("wrk", dir,
                List.of("wrk", "-t1", "-c32", "-d" + (int) Math.ceil(seconds) + "s", "--latency", "-s",
                        script.toString(), "http://127.0.0.1:" + s.port + "/"));
        String text = await(wrk, (int) seconds + 20);
        Matcher m = REQUESTS.matcher(text);
        if (!m.find() || FAILED.matcher(text).find()) {
            throw new IOException("wrk through " + s.peer.name() + " failed: " + text);
        }
        double count = Double.parseDouble(m.group(1));
        if (counted) {
            double spent = s.program.cpuSeconds() - cpu;
            samples.add(s.peer.name(), "requests/s", count / (Double.parseDouble(m.group(2)) * unit(m.group(3)) / 1e6));
            samples.add(s.peer.name(), "requests per CPU second", count / spent);
            samples.add(s.peer.name(), "CPU per request, us", spent / count * 1e6);
            samples.add(s.peer.name(), "latency p50, us", micros(P50, text));
            samples.add(s.peer.name(), "latency p99, us", micros(P99, text));
        }
    }

    /** Start to the first proxied byte, and memory at rest. */
    private void start() throws Exception {
        List<AutoCloseable> toClose = new ArrayList<>();
        try {
            int echoPort = freePort();
            toClose.add(Program.start("echo", dir, java("EchoServer", echoPort)).awaitPort(echoPort));
            for (int round = 0; round <= rounds.counted(); round++) {
                for (Peer peer : rounds.present(Peer.relays())) {
                    int port = freePort();
                    List<String> command = peer.starter().command(executable(peer), dir, port, echoPort);
                    long began = System.nanoTime();
                    try (Program program = Program.start(peer.name() + "-" + port, dir, command)) {
                        StreamLoad.awaitFirstByte(port);
                        double took = (System.nanoTime() - began) / 1e6;
                        TimeUnit.SECONDS.sleep(2);
                        if (round > 0) {
                            samples.add(peer.name(), "start to first proxied byte, ms", took);
                            samples.add(peer.name(), "resident at rest, MiB", program.residentMiB());
                        }
                    }
                }
            }
        } finally {
            closeAll(toClose);
        }
    }

    private static double micros(Pattern pattern, String text) {
        Matcher m = pattern.matcher(text);
        return m.find() ? Double.parseDouble(m.group(1)) * unit(m.group(2)) : Double.NaN;
    }

    private static double unit(String name) {
        return switch (name) {
            case "us" -> 1;
            case "ms" -> 1e3;
            case "s" -> 1e6;
            default -> 60e6;
        };
    }

    private static String await(Program program, int limitSeconds) throws IOException, InterruptedException {
        try (program) {
            program.awaitEnd(limitSeconds);
            return program.output();
        }
    }

    static List<String> java(String main, int port) {
        return List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-cp",
                System.getProperty("java.class.path"), "dev.sluice.bench." + main, Integer.toString(port));
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    static void closeAll(List<AutoCloseable> toClose) throws Exception {
        for (AutoCloseable closeable : toClose.reversed()) {
            closeable.close();
        }
        toClose.clear();
    }

    private static void delete(Path dir) throws IOException {
        try (Stream<Path> files = Files.walk(dir)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
